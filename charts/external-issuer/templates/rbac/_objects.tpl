{{/*
A Role where there is a namespace, else a ClusterRole: dict "context" $ "component" "controller" "name" NAME "namespace" NAMESPACE
"labels" a map "rules" the text of its rules.
*/}}
{{- define "external-issuer.role" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ ternary "Role" "ClusterRole" (hasKey . "namespace") }}
metadata:
  {{- include "external-issuer.rbacMetadata" . | nindent 2 }}
rules:
  {{- .rules | nindent 2 }}
{{- end -}}

{{/*
The binding of a role to ServiceAccounts: what external-issuer.role takes, without labels and rules, and "roleKind" Role or ClusterRole,
"roleName" its name, "accounts" names in the namespace of the release, or else "subject" a dict of name and namespace.
*/}}
{{- define "external-issuer.binding" -}}
{{- $release := .context.Release.Namespace -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ ternary "RoleBinding" "ClusterRoleBinding" (hasKey . "namespace") }}
metadata:
  {{- include "external-issuer.rbacMetadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .roleKind }}
  name: {{ .roleName }}
subjects:
  {{- range .accounts }}
  - kind: ServiceAccount
    name: {{ . }}
    namespace: {{ $release }}
  {{- end }}
  {{- with .subject }}
  - kind: ServiceAccount
    name: {{ .name }}
    namespace: {{ .namespace }}
  {{- end }}
{{- end -}}

{{- define "external-issuer.rbacMetadata" -}}
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "external-issuer.labels" . | nindent 2 }}
{{- with include "external-issuer.annotations" . }}
{{ . }}
{{- end }}
{{- end -}}
