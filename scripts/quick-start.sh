#!/usr/bin/env bash
# From a cluster to a first certificate, signed by the mock CA: installs the chart, makes an issuer and a Certificate, waits and
# shows what came of it. It may be run again: what is there already is kept or brought up to date.
set -euo pipefail

usage() {
  cat <<'END'
Usage: scripts/quick-start.sh --image IMAGE [options]
       scripts/quick-start.sh --kind [NAME] --build [options]

Installs External PKI Issuer with its chart, makes a mock CA issuer and a Certificate, and shows the certificate. For trying
things out: whatever the mock CA signs must not be trusted anywhere.

Options:
  --image IMAGE               image to run: REGISTRY/external-issuer:TAG, or with @sha256:DIGEST. The cluster must be able to pull it
  --build                     build the image here (make image) and load it into the kind cluster; needs --kind
  --kind [NAME]               use the kind cluster NAME (default: external-issuer), and make it if it is not there
  --context NAME              context of the kubeconfig (default: the current one)
  --namespace NAME            namespace of the release (default: external-issuer-system)
  --cert-manager-chart CHART  install cert-manager from this chart (a file or a reference that Helm takes) if it is not there
  --dry-run                   show the commands that would change something, and run none of them
  --help                      print this help

Remove all of it again:
  kubectl delete -f examples/certificate.yaml -f examples/mockca-cluster-issuer.yaml
  helm uninstall external-issuer --namespace external-issuer-system
END
}

say() { printf '\n==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
wrong() { printf 'error: %s\n(add --help to see what is possible)\n' "$*" >&2; exit 2; }
# Runs a command that changes something, or shows it.
run() {
  printf '+'; printf ' %q' "$@"; printf '\n'
  if [[ $dry_run == false ]]; then "$@"; fi
}
need() { command -v "$1" > /dev/null || fail "$1 is not installed, or not in PATH; $2"; }
value() { if [[ $# -lt 2 || $2 == -* ]]; then wrong "$1: needs a value"; fi; }

image='' build=false kind='' context='' namespace=external-issuer-system cert_manager_chart='' dry_run=false
while [[ $# -gt 0 ]]; do
  case $1 in
    --image) value "$@"; image=$2; shift 2 ;;
    --build) build=true; shift ;;
    --kind) kind=external-issuer; shift; if [[ $# -gt 0 && $1 != -* ]]; then kind=$1; shift; fi ;;
    --context) value "$@"; context=$2; shift 2 ;;
    --namespace) value "$@"; namespace=$2; shift 2 ;;
    --cert-manager-chart) value "$@"; cert_manager_chart=$2; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    --help | -h) usage; exit 0 ;;
    *)
      [[ $1 != --registry ]] || wrong '--registry: is --image here, with the whole name of the image'
      wrong "unknown option $1"
      ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $build == false || -n $kind ]] || wrong '--build: loads the image into a kind cluster; give --kind too, or push the image and give --image'
[[ $build == false || -z $image ]] || wrong '--image: with --build the image is the one that is built; leave one of the two out'
[[ $build == true || -n $image ]] || wrong '--image: required, REGISTRY/external-issuer:TAG; there is no public image, docs/image.md says how to make one'
[[ -z $kind || -z $context ]] || wrong '--context: a kind cluster has its own context; leave --context or --kind out'
need kubectl 'see https://kubernetes.io/docs/tasks/tools/'
need helm 'see https://helm.sh/docs/intro/install/'
[[ -z $kind ]] || need kind 'see https://kind.sigs.k8s.io/'

if [[ $build == true ]]; then
  version=$(sed -n "s/^appVersion: *['\"]\{0,1\}\([^'\"]*\)['\"]\{0,1\}$/\1/p" charts/external-issuer/Chart.yaml)
  image=external-issuer:$version
  case $(uname -m) in
    x86_64 | amd64) architecture=amd64 ;;
    aarch64 | arm64) architecture=arm64 ;;
    *) fail "--build: there is an image for x86_64 and arm64 only, and this machine is $(uname -m)" ;;
  esac
  archive=dist/image/external-issuer-$version-$architecture.tar
fi
# The parts of the image as the chart wants them. A colon before the last slash belongs to the registry's port.
digest='' tag='' repository=$image
if [[ $repository == *@* ]]; then digest=${repository#*@}; repository=${repository%%@*}; fi
if [[ ${repository##*/} == *:* ]]; then tag=${repository##*:}; repository=${repository%:*}; fi
image_values=(--set-string "image.repository=$repository")
[[ -z $tag ]] || image_values+=(--set-string "image.tag=$tag")
[[ -z $digest ]] || image_values+=(--set-string "image.digest=$digest")

if [[ -n $kind ]]; then
  context=kind-$kind
  if kind get clusters 2> /dev/null | grep -qx "$kind"; then
    say "The kind cluster $kind is there"
  else
    say "Making the kind cluster $kind"
    run kind create cluster --name "$kind" --wait 120s
  fi
fi
[[ -n $context ]] || context=$(kubectl config current-context 2> /dev/null) || fail 'the kubeconfig has no current context; give --context, or --kind for a cluster on this machine'
k=(kubectl --context "$context")
h=(helm --kube-context "$context")
say "Cluster: context $context; release external-issuer in namespace $namespace; image $image"
if [[ $dry_run == false || -z $kind ]]; then
  "${k[@]}" version > /dev/null || fail "the cluster of context $context does not answer; kubectl says why above"
fi

if [[ $build == true ]]; then
  say 'Building the image and loading it into the nodes'
  run make image
  run kind load image-archive "$archive" --name "$kind"
fi

if "${k[@]}" get customresourcedefinition certificaterequests.cert-manager.io > /dev/null 2>&1; then
  say 'cert-manager is there'
elif [[ -n $cert_manager_chart ]]; then
  say 'Installing cert-manager'
  run "${h[@]}" upgrade --install cert-manager "$cert_manager_chart" --namespace cert-manager --create-namespace \
    --set crds.enabled=true --wait --timeout 5m
else
  fail 'cert-manager is not in the cluster; install it (https://cert-manager.io/docs/installation/), or give --cert-manager-chart'
fi

say 'Installing External PKI Issuer'
run "${h[@]}" upgrade --install external-issuer charts/external-issuer --namespace "$namespace" --create-namespace \
  "${image_values[@]}" --set 'signers={mockca,pki,keyvault,secretca}' --wait --timeout 3m

say 'Making an issuer with a mock CA, and a Certificate'
run "${k[@]}" apply -f examples/mockca-cluster-issuer.yaml
run "${k[@]}" wait externalclusterissuer/mockca-cluster-issuer --for=condition=Ready --timeout=60s
run "${k[@]}" apply -f examples/certificate.yaml
run "${k[@]}" wait certificate/example --namespace default --for=condition=Ready --timeout=120s
if [[ $dry_run == true ]]; then
  say 'Nothing was changed (--dry-run)'
  exit 0
fi

say 'The certificate in Secret example-tls of namespace default'
pem=$("${k[@]}" get secret example-tls --namespace default -o 'jsonpath={.data.tls\.crt}' | base64 -d)
if command -v openssl > /dev/null; then
  openssl x509 -noout -subject -issuer -dates -ext subjectAltName <<< "$pem"
else
  printf '%s\n' "$pem"
fi
say 'Done. Next: an issuer for your own PKI (docs/pki.md), or for Azure Key Vault (docs/aks.md). --help says how to remove all of this'
