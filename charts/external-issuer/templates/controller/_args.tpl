{{/* The flags that only the controller has. */}}
{{- define "external-issuer.controllerArgs" -}}
- --signers={{ join "," .Values.signers }}
- --max-concurrent-reconciles={{ .Values.maxConcurrentReconciles }}
{{- if .Values.statusPage.enabled }}
- --status-bind-address=127.0.0.1:{{ .Values.statusPage.port }}
{{- else }}
- --status-bind-address=0
{{- end }}
{{- with .Values.clusterResourceNamespace }}
- --cluster-resource-namespace={{ . }}
{{- end }}
{{- with .Values.allowedReferenceNamespaces }}
- --allowed-reference-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.network.allowCaAddresses }}
- --allow-ca-addresses={{ join "," . }}
{{- end }}
{{- with .Values.network.denyCaAddresses }}
- --deny-ca-addresses={{ join "," . }}
{{- end }}
{{- if .Values.network.allowPlaintextCredentials }}
- --allow-plaintext-credentials
{{- end }}
{{- if .Values.issuerAmbientCredentials }}
- --issuer-ambient-credentials
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}
