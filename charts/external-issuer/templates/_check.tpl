{{/*
Combinations of values that cannot work, or do what nobody meant. What a single value may be is in values.schema.json. Each message
names the value and says what to do.
*/}}
{{- define "external-issuer.check" -}}
{{- if not .Values.image.repository -}}
{{- fail "image.repository: is not set, and there is no public image; make one (docs/image.md), push it to a registry of yours and set image.repository=REGISTRY/external-issuer" -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.name: is not set, and serviceAccount.create is false; name the ServiceAccount of the controller, or let the chart make it" -}}
{{- end -}}
{{- if and (eq .Values.approver.type "built-in") (not .Values.approver.serviceAccount.create) (not .Values.approver.serviceAccount.name) -}}
{{- fail "approver.serviceAccount.name: is not set, and approver.serviceAccount.create is false; name the ServiceAccount of the approver, or let the chart make it" -}}
{{- end -}}
{{- if and (eq .Values.approver.type "built-in") (eq (include "external-issuer.approverServiceAccountName" .) (include "external-issuer.controllerServiceAccountName" .)) -}}
{{- fail "approver.serviceAccount.name: is that of the controller too; whoever approves must not be able to sign: give the approver one of its own" -}}
{{- end -}}
{{- if and (not .Values.workloadIdentity.enabled) (or .Values.workloadIdentity.clientId .Values.workloadIdentity.tenantId) -}}
{{- fail "workloadIdentity.enabled: is false, but clientId or tenantId is set; set workloadIdentity.enabled=true, or remove them" -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (or .Values.workloadIdentity.clientId .Values.workloadIdentity.tenantId) -}}
{{- fail "workloadIdentity.clientId: clientId and tenantId become annotations of the ServiceAccount, which the chart does not make, since serviceAccount.create is false; annotate it where it is made, with azure.workload.identity/client-id and azure.workload.identity/tenant-id, and remove them here" -}}
{{- end -}}
{{- if and .Values.rbac.clusterWideReferences .Values.rbac.issuerNamespaces -}}
{{- fail "rbac.issuerNamespaces: says nothing beside rbac.clusterWideReferences=true, by which the controller reads the Secrets of every namespace; keep one of the two" -}}
{{- end -}}
{{- include "external-issuer.checkMetrics" . -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.apiServer.cidrs) -}}
{{- fail "networkPolicy.apiServer.cidrs: is empty, so the controller could not reach the API server; name its addresses as CIDRs: kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes" -}}
{{- end -}}
{{- include "external-issuer.checkArgs" (dict "where" "extraArgs" "args" .Values.extraArgs) -}}
{{- include "external-issuer.checkArgs" (dict "where" "approver.extraArgs" "args" .Values.approver.extraArgs) -}}
{{- end -}}

{{- define "external-issuer.checkMetrics" -}}
{{- with .Values.metrics -}}
{{- if and (not .enabled) .secure.enabled -}}
{{- fail "metrics.secure.enabled: there is no port to secure, since metrics.enabled is false; set metrics.enabled=true, or metrics.secure.enabled=false" -}}
{{- end -}}
{{- if and .secure.certificateSecretName (not .secure.enabled) -}}
{{- fail "metrics.secure.certificateSecretName: is set, but metrics are served over plain HTTP; set metrics.secure.enabled=true" -}}
{{- end -}}
{{- range $monitor := list "serviceMonitor" "podMonitor" "prometheusRule" "dashboard" -}}
{{- if and (not $.Values.metrics.enabled) (get $.Values.metrics $monitor).enabled -}}
{{- fail (printf "metrics.%s.enabled: there is nothing to see, since metrics.enabled is false; set metrics.enabled=true" $monitor) -}}
{{- end -}}
{{- end -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled -}}
{{- fail "metrics.podMonitor.enabled: with metrics.serviceMonitor.enabled each pod would be scraped twice; keep one of the two" -}}
{{- end -}}
{{- if and .serviceMonitor.enabled (not .service.enabled) -}}
{{- fail "metrics.serviceMonitor.enabled: needs the Service that it finds the pods by; set metrics.service.enabled=true, or use metrics.podMonitor" -}}
{{- end -}}
{{- if and .podMonitor.enabled .secure.enabled (not (get .podMonitor.endpoint "authorization")) -}}
{{- fail "metrics.podMonitor.endpoint.authorization: is not set, but metrics.secure.enabled asks for a token; name a Secret with one, or use metrics.serviceMonitor" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Flags that values set are not repeated: which one wins would be a guess. dict "where" "extraArgs" "args" the list. */}}
{{- define "external-issuer.checkArgs" -}}
{{- $values := dict
  "leader-elect" "nothing: it is always on, since two replicas run at once whenever pods are replaced"
  "leader-election-namespace" "nothing: the Lease is in the namespace of the release, where the rights for it are"
  "health-probe-bind-address" "nothing: the probes of the pods ask port 8081"
  "metrics-bind-address" "metrics.port"
  "metrics-secure" "metrics.secure.enabled"
  "metrics-tls-cert-file" "metrics.secure.certificateSecretName"
  "metrics-tls-key-file" "metrics.secure.certificateSecretName"
  "status-bind-address" "statusPage"
  "request-kinds" "requestKinds"
  "signers" "signers"
  "log-level" "logLevel"
  "max-concurrent-reconciles" "maxConcurrentReconciles"
  "cluster-resource-namespace" "clusterResourceNamespace"
  "allowed-reference-namespaces" "allowedReferenceNamespaces"
  "allow-ca-addresses" "network.allowCaAddresses"
  "deny-ca-addresses" "network.denyCaAddresses"
  "allow-plaintext-credentials" "network.allowPlaintextCredentials"
  "issuer-ambient-credentials" "issuerAmbientCredentials" -}}
{{- range .args -}}
{{- $flag := first (splitList "=" (trimPrefix "--" .)) -}}
{{- if hasKey $values $flag -}}
{{- fail (printf "%s: --%s is set by the chart; use %s" $.where $flag (get $values $flag)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
