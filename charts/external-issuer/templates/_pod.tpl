{{/* What pods of every component have in common; all of it is what the restricted Pod Security Standard asks for, and more. */}}
{{- define "external-issuer.podSecurityContext" -}}
{{- toYaml .Values.podSecurityContext -}}
{{- end -}}

{{- define "external-issuer.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "external-issuer.podEnv" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- range $variable, $value := dict "HTTP_PROXY" .Values.proxy.httpProxy "HTTPS_PROXY" .Values.proxy.httpsProxy "NO_PROXY" .Values.proxy.noProxy }}
{{- if $value }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where metrics and probes are served: flags that the controller and the approver share. */}}
{{- define "external-issuer.servingArgs" -}}
- --leader-elect
- --health-probe-bind-address=:8081
{{- if .Values.metrics.enabled }}
- --metrics-bind-address=:{{ .Values.metrics.port }}
{{- if .Values.metrics.secure.enabled }}
- --metrics-secure
{{- if .Values.metrics.secure.certificateSecretName }}
- --metrics-tls-cert-file=/etc/external-issuer/metrics-tls/tls.crt
- --metrics-tls-key-file=/etc/external-issuer/metrics-tls/tls.key
{{- end }}
{{- end }}
{{- else }}
- --metrics-bind-address=0
{{- end }}
- --request-kinds={{ join "," .Values.requestKinds }}
- --log-level={{ .Values.logLevel }}
{{- end -}}

{{- define "external-issuer.ports" -}}
- name: probes
  containerPort: 8081
{{- if .Values.metrics.enabled }}
- name: metrics
  containerPort: {{ .Values.metrics.port }}
{{- end }}
{{- end -}}

{{- define "external-issuer.probes" -}}
startupProbe:
  httpGet:
    path: /healthz
    port: probes
  {{- toYaml .Values.startupProbe | nindent 2 }}
livenessProbe:
  httpGet:
    path: /healthz
    port: probes
  {{- toYaml .Values.livenessProbe | nindent 2 }}
readinessProbe:
  httpGet:
    path: /readyz
    port: probes
  {{- toYaml .Values.readinessProbe | nindent 2 }}
{{- end -}}

{{/* Where pods may run: dict "context" $ "component" "controller". */}}
{{- define "external-issuer.scheduling" -}}
{{- $labels := include "external-issuer.selectorLabels" . | fromYaml -}}
{{- with .context.Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- ternary . (merge (dict "labelSelector" (dict "matchLabels" $labels)) .) (hasKey . "labelSelector") | toYaml | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .context.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .context.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .context.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .context.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .context.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "external-issuer.metricsVolume" -}}
{{- if and .Values.metrics.enabled .Values.metrics.secure.enabled .Values.metrics.secure.certificateSecretName }}
- name: metrics-tls
  secret:
    secretName: {{ .Values.metrics.secure.certificateSecretName }}
{{- end }}
{{- end -}}

{{- define "external-issuer.metricsVolumeMount" -}}
{{- if and .Values.metrics.enabled .Values.metrics.secure.enabled .Values.metrics.secure.certificateSecretName }}
- name: metrics-tls
  mountPath: /etc/external-issuer/metrics-tls
  readOnly: true
{{- end }}
{{- end -}}
