#!/usr/bin/env bash
# External PKI Issuer on an AKS cluster, with a CA whose key is in Azure Key Vault and a workload identity: every step of
# docs/aks.md. It may be run again: each step looks first, and leaves alone what is there.
set -euo pipefail

usage() {
  cat <<'END'
Usage: scripts/deploy-to-aks.sh --resource-group RG --cluster NAME --registry NAME --vault NAME [options]

Makes the image and pushes it to a container registry of Azure, makes a CA key and its certificate in a key vault and an identity that may
sign with it, lets the controller's ServiceAccount be that identity, installs the chart, and makes the issuer key-vault.
It needs your az login; docs/aks.md has the roles, and explains each step.

Options:
  --resource-group RG       resource group of the cluster; vault and identity are looked for, and made, there too
  --cluster NAME            AKS cluster
  --registry NAME           container registry (ACR) that the cluster may pull from
  --vault NAME              key vault; made if it is not there, with Azure RBAC and purge protection
  --key NAME                key of the CA, and secret of its certificate (default: issuing-ca)
  --subject NAME            subject of the CA, if its certificate is not there: "CN=Example Issuing CA,O=Example"
  --identity NAME           managed identity (default: external-issuer)
  --namespace NAME          namespace of the release (default: external-issuer-system)
  --tag TAG                 tag of the image (default: the version of the chart)
  --architecture NAME       of the nodes: amd64 (default) or arm64
  --skip-build              the image is in the registry already
  --enable-workload-identity
                            switch on OIDC issuer and workload identity where the cluster has them not; it restarts the API server
  --dry-run                 show the commands that would change something, and run none of them
  --help                    print this help
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
# What az says of something, or a word in its place that shows in --dry-run what is not there yet.
ask() { local place=$1; shift; local found; found=$("$@" --output tsv 2> /dev/null) || found=''; printf '%s' "${found:-<$place>}"; }

# The name is what registries of Azure take with a token for a password.
log_in() {
  az acr login --name "$registry" --expose-token --query accessToken --output tsv --only-show-errors |
    skopeo login --username 00000000-0000-0000-0000-000000000000 --password-stdin "$server"
}

group='' cluster='' registry='' vault='' key=issuing-ca subject='' identity=external-issuer
namespace=external-issuer-system tag='' architecture=amd64 build=true enable=false dry_run=false
while [[ $# -gt 0 ]]; do
  case $1 in
    --resource-group) value "$@"; group=$2; shift 2 ;;
    --cluster) value "$@"; cluster=$2; shift 2 ;;
    --registry) value "$@"; registry=$2; shift 2 ;;
    --vault) value "$@"; vault=$2; shift 2 ;;
    --key) value "$@"; key=$2; shift 2 ;;
    --subject) value "$@"; subject=$2; shift 2 ;;
    --identity) value "$@"; identity=$2; shift 2 ;;
    --namespace) value "$@"; namespace=$2; shift 2 ;;
    --tag) value "$@"; tag=$2; shift 2 ;;
    --architecture) value "$@"; architecture=$2; shift 2 ;;
    --skip-build) build=false; shift ;;
    --enable-workload-identity) enable=true; shift ;;
    --dry-run) dry_run=true; shift ;;
    --help | -h) usage; exit 0 ;;
    *) wrong "unknown option $1" ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
for option in resource-group:"$group" cluster:"$cluster" registry:"$registry" vault:"$vault"; do
  [[ -n ${option#*:} ]] || wrong "--${option%%:*}: required"
done
[[ $architecture == amd64 || $architecture == arm64 ]] || wrong "--architecture: is amd64 or arm64, not $architecture"
need az 'see https://learn.microsoft.com/cli/azure/install-azure-cli'
need kubectl 'see https://kubernetes.io/docs/tasks/tools/'
need helm 'see https://helm.sh/docs/intro/install/'
account=$(az account show --query '[name, tenantId]' --output tsv 2> /dev/null) || fail 'az is not logged in; run az login, and az account set --subscription NAME'
tenant=$(az account show --query tenantId --output tsv)
version=$(sed -n "s/^appVersion: *['\"]\{0,1\}\([^'\"]*\)['\"]\{0,1\}$/\1/p" charts/external-issuer/Chart.yaml)
tag=${tag:-$version}
if [[ $build == true ]]; then
  command -v skopeo > /dev/null || need docker 'it, or skopeo, pushes the image; install one of the two, or push the image from elsewhere and give --skip-build'
fi
say "Subscription and tenant: ${account//$'\n'/, }"

has_certificate=true
az keyvault secret show --vault-name "$vault" --name "$key" --output none 2> /dev/null || has_certificate=false
[[ $has_certificate == true || -n $subject ]] || wrong "--subject: required, since no certificate of the CA can be read from vault $vault: --subject \"CN=Example Issuing CA,O=Example\""

say "The cluster $cluster"
location=$(az aks show --resource-group "$group" --name "$cluster" --query location --output tsv) || fail "--cluster: there is no cluster $cluster in resource group $group, or you may not read it; az says why above"
identity_on=$(az aks show --resource-group "$group" --name "$cluster" --query 'securityProfile.workloadIdentity.enabled' --output tsv)
oidc=$(az aks show --resource-group "$group" --name "$cluster" --query oidcIssuerProfile.issuerUrl --output tsv)
if [[ -z $oidc || $identity_on != true ]]; then
  [[ $enable == true ]] || fail "the cluster has no OIDC issuer or no workload identity; read docs/aks.md on what switching them on does, then give --enable-workload-identity"
  run az aks update --resource-group "$group" --name "$cluster" --enable-oidc-issuer --enable-workload-identity --output none
  oidc=$(ask oidc-issuer az aks show --resource-group "$group" --name "$cluster" --query oidcIssuerProfile.issuerUrl)
fi

say "The image external-issuer:$tag"
server=$(az acr show --name "$registry" --query loginServer --output tsv) || fail "--registry: there is no container registry $registry, or you may not read it; make one with az acr create, and attach it with az aks update --attach-acr"
if [[ $build == true ]]; then
  archive=dist/image/external-issuer-$version-$architecture.tar
  run make image
  if command -v skopeo > /dev/null; then
    run log_in
    run skopeo copy "oci-archive:$archive:$version" "docker://$server/external-issuer:$tag"
  else
    run az acr login --name "$registry" --only-show-errors
    run docker load --input "$archive"
    run docker tag "external-issuer:$version" "$server/external-issuer:$tag"
    run docker push "$server/external-issuer:$tag"
  fi
fi

say "The vault $vault"
if ! az keyvault show --name "$vault" --output none 2> /dev/null; then
  run az keyvault create --name "$vault" --resource-group "$group" --location "$location" --sku premium \
    --enable-rbac-authorization true --enable-purge-protection true --retention-days 90 --output none
fi
vault_url=$(ask vault-url az keyvault show --name "$vault" --query properties.vaultUri)
vault_id=$(ask vault-id az keyvault show --name "$vault" --query id)
vault_url=${vault_url%/}
if ! problem=$(az keyvault key show --vault-name "$vault" --name "$key" --output none 2>&1); then
  if [[ $problem == *Forbidden* && $dry_run == false ]]; then
    fail "you may not read the keys of vault $vault; give yourself the roles Key Vault Crypto Officer and Key Vault Secrets Officer (docs/aks.md, step 3), wait some minutes, and run this again"
  fi
  run az keyvault key create --vault-name "$vault" --name "$key" --kty EC-HSM --curve P-256 --ops sign --output none
fi
if [[ $has_certificate == false ]]; then
  run bin/external-issuer ca create --vault-url "$vault_url" --key "$key" --subject "$subject" --path-length 0 --store
fi

say "The identity $identity"
if ! az identity show --name "$identity" --resource-group "$group" --output none 2> /dev/null; then
  run az identity create --name "$identity" --resource-group "$group" --location "$location" --output none
fi
client_id=$(ask client-id az identity show --name "$identity" --resource-group "$group" --query clientId)
principal_id=$(ask principal-id az identity show --name "$identity" --resource-group "$group" --query principalId)
run az role assignment create --role 'Key Vault Crypto User' --scope "$vault_id/keys/$key" \
  --assignee-object-id "$principal_id" --assignee-principal-type ServicePrincipal --output none
run az role assignment create --role 'Key Vault Secrets User' --scope "$vault_id/secrets/$key" \
  --assignee-object-id "$principal_id" --assignee-principal-type ServicePrincipal --output none
credential=external-issuer-$cluster
if ! az identity federated-credential show --name "$credential" --identity-name "$identity" --resource-group "$group" --output none 2> /dev/null; then
  run az identity federated-credential create --name "$credential" --identity-name "$identity" --resource-group "$group" \
    --issuer "$oidc" --subject "system:serviceaccount:$namespace:external-issuer-controller" \
    --audiences api://AzureADTokenExchange --output none
fi

say 'The chart'
# A kubeconfig of its own: the one of the user keeps its current context.
KUBECONFIG=$(mktemp)
export KUBECONFIG
trap 'rm -f "$KUBECONFIG"' EXIT
az aks get-credentials --resource-group "$group" --name "$cluster" --file "$KUBECONFIG" --overwrite-existing --only-show-errors
if command -v kubelogin > /dev/null; then kubelogin convert-kubeconfig -l azurecli; fi
kubectl get customresourcedefinition certificaterequests.cert-manager.io --output name > /dev/null || fail 'cert-manager is not in the cluster, or the cluster does not answer; kubectl says which above. Install it (https://cert-manager.io/docs/installation/) and run this again'
run helm upgrade --install external-issuer charts/external-issuer --namespace "$namespace" --create-namespace \
  --set-string "image.repository=$server/external-issuer" --set-string "image.tag=$tag" \
  --set workloadIdentity.enabled=true --set-string "workloadIdentity.clientId=$client_id" \
  --set-string "workloadIdentity.tenantId=$tenant" --wait --timeout 5m

say 'The issuer key-vault'
manifest="apiVersion: external-issuer.io/v1alpha1
kind: ExternalClusterIssuer
metadata:
  name: key-vault
spec:
  signerType: keyvault
  keyVault:
    vaultUrl: $vault_url
    keyName: $key"
printf '%s\n' "$manifest"
run kubectl apply -f - <<< "$manifest"
# A role, and a federated credential, take some minutes until they work; the issuer is checked again meanwhile.
run kubectl wait externalclusterissuer/key-vault --for=condition=Ready --timeout=10m
if [[ $dry_run == true ]]; then
  say 'Nothing was changed (--dry-run)'
else
  say 'Done. Name the issuer in a Certificate: issuerRef {group: external-issuer.io, kind: ExternalClusterIssuer, name: key-vault}'
fi
