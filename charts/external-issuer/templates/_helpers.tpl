{{/* The name of the application in labels. */}}
{{- define "external-issuer.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What the names of all objects begin with: short enough for what is added to it. */}}
{{- define "external-issuer.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "external-issuer.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that pods are selected by, which never change: dict "context" $ "component" "controller". */}}
{{- define "external-issuer.selectorLabels" -}}
app.kubernetes.io/name: {{ include "external-issuer.name" .context }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of pods: without what every release changes, so that pods are not replaced for it. */}}
{{- define "external-issuer.podLabels" -}}
{{- $own := include "external-issuer.selectorLabels" . | fromYaml -}}
{{- $own = merge $own (dict "app.kubernetes.io/part-of" "external-issuer") -}}
{{- toYaml (mergeOverwrite (deepCopy .context.Values.commonLabels) (.labels | default dict | deepCopy) $own) -}}
{{- end -}}

{{/* Labels of every other object: dict "context" $ "component" "controller". */}}
{{- define "external-issuer.labels" -}}
{{- $own := include "external-issuer.selectorLabels" . | fromYaml -}}
{{- $own = merge $own (dict
  "app.kubernetes.io/version" .context.Chart.AppVersion
  "app.kubernetes.io/managed-by" .context.Release.Service
  "app.kubernetes.io/part-of" "external-issuer"
  "helm.sh/chart" (printf "%s-%s" .context.Chart.Name (.context.Chart.Version | replace "+" "_"))) -}}
{{- toYaml (mergeOverwrite (deepCopy .context.Values.commonLabels) (.labels | default dict | deepCopy) $own) -}}
{{- end -}}

{{/*
Annotations with their key, or nothing where there are none: dict "context" $ "annotations" a map. commonAnnotations come first.
*/}}
{{- define "external-issuer.annotations" -}}
{{- $all := mergeOverwrite (deepCopy .context.Values.commonAnnotations) (.annotations | default dict | deepCopy) -}}
{{- with $all -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{- define "external-issuer.controllerServiceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (printf "%s-controller" (include "external-issuer.fullname" .)) .Values.serviceAccount.name -}}
{{- else -}}
{{- .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "external-issuer.approverServiceAccountName" -}}
{{- if .Values.approver.serviceAccount.create -}}
{{- default (printf "%s-approver" (include "external-issuer.fullname" .)) .Values.approver.serviceAccount.name -}}
{{- else -}}
{{- .Values.approver.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Where the Secrets and ConfigMaps of ExternalClusterIssuers are. */}}
{{- define "external-issuer.clusterResourceNamespace" -}}
{{- default .Release.Namespace .Values.clusterResourceNamespace -}}
{{- end -}}

{{/* The image, by its digest where one is given: the tag then only says what it is. */}}
{{- define "external-issuer.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}
