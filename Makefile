# Every target finds a new enough Node and installs what is missing first: see scripts/with-node.
NODE := scripts/with-node

# Each test file is a process of its own that reads the sources anew: what Node has compiled once is kept beside the packages.
test-unit test-e2e test-key-vault: export NODE_COMPILE_CACHE := $(CURDIR)/node_modules/.cache/node

# The files mostly wait, and each has a control plane of its own; a given cluster is there once.
test-e2e: export E2E_CONCURRENCY := $(if $(EXTERNAL_ISSUER_TEST_KUBECONFIG),1,3)

.DEFAULT_GOAL := help
.PHONY: help install check test test-unit test-e2e test-key-vault test-image test-pods image sbom demo controlplane run bench screenshot bundle generate render chart site test-site release clean
.NOTPARALLEL:

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Install the packages, and Node where the machine's is too old
	@$(NODE) true

check: ## All static checks: types, lint, format, dead code, generated files
	@$(NODE) npm run --silent check

test: test-unit test-e2e ## All tests

test-unit: ## Unit and conformance tests
	@$(NODE) npm run --silent test:unit

test-e2e: ## End-to-end tests; on a cluster of your own: EXTERNAL_ISSUER_TEST_KUBECONFIG=FILE make test-e2e
	@$(NODE) npm run --silent test:e2e

test-key-vault: ## The tests of the Key Vault signer on a real vault, as you (az login): VAULT_URL=https://NAME.vault.azure.net
	$(if $(VAULT_URL),,$(error set VAULT_URL to a vault for tests alone: make test-key-vault VAULT_URL=https://NAME.vault.azure.net))
	@EXTERNAL_ISSUER_TEST_VAULT_URL=$(VAULT_URL) $(NODE) node --test test/conformance/key-vault.test.ts

image: ## The container images for amd64 and arm64 and their SBOMs, in dist/image/; on Debian, with no container engine
	@$(NODE) node scripts/image.ts

sbom: ## What is in program and images, as CycloneDX, in dist/image/
	@$(NODE) node scripts/image.ts --sbom-only

test-image: image ## The image in containerd, as the chart runs it, in namespaces of its own; root, Linux, Debian's packages
	@$(NODE) node test/image/prepare.ts
	@unshare --net --mount --pid --fork --kill-child --mount-proc $(NODE) node --test test/image/image.test.ts

test-pods: image ## The chart on a real kubelet, with containerd, in namespaces of its own; root, Linux, Debian's packages
	@$(NODE) node test/pods/prepare.ts
	@unshare --net --mount --pid --fork --kill-child --mount-proc $(NODE) node --test test/pods/pods.test.ts

demo: ## Certificates become Secrets on a real API server, from nothing; KEEP=1 leaves it up
	@$(NODE) node scripts/demo.ts $(if $(filter-out 0 no false,$(KEEP)),--keep)

controlplane: ## The control plane of the tests, to work with by hand, until Ctrl-C
	@$(NODE) node scripts/controlplane.ts

run: ## The controller from the sources against $KUBECONFIG; flags: make run ARGS=--leader-elect (doctor then sees it)
	@bin/external-issuer controller $(if $(KUBECONFIG),--kubeconfig="$(KUBECONFIG)") $(ARGS)

screenshot: ## docs/status-page.png and its dark twin, of a real run in a real browser
	@$(NODE) node scripts/screenshot.ts

bench: ## Speed and memory, as a table and as JSON
	@$(NODE) npm run --silent bench

bundle: ## The program for the image, in dist/
	@$(NODE) npm run --silent bundle

generate: ## CRDs, RBAC and docs/api.md from the schemas; of the chart, also the schema and the README of its values
	@$(NODE) npm run --silent generate

render: ## deploy/install.yaml and deploy/approver.yaml from the chart
	@$(NODE) node scripts/render-manifests.ts

chart: render ## The Helm chart, checked and packed into dist/
	@$(NODE) node scripts/package-chart.ts

site: ## The documentation as a website, in site/dist; links that lead nowhere fail it
	@$(NODE) node scripts/site.ts

test-site: site ## The documentation site in a real browser
	@$(NODE) node --test test/site/site.test.ts

release: image chart ## All files of a release, of one version, in dist/release
	@RELEASE_TAG=$(RELEASE_TAG) $(NODE) node scripts/release.ts

clean: ## Remove what was built in the tree; the caches outside it stay
	@rm -rf dist bench/results site/dist site/.source
