import { stringify } from 'yaml';
import type { CustomResourceDefinition } from '../../../src/api/crd.ts';

/** A CRD as a template of the chart. */
export function crdTemplate(crd: CustomResourceDefinition): string {
  const { metadata, spec, ...kind } = crd;
  return [
    '{{- if .Values.crds.enabled }}',
    yaml(kind) + 'metadata:',
    `  name: ${metadata.name}`,
    '  labels:',
    '    {{- include "external-issuer.labels" (dict "context" $ "component" "crds") | nindent 4 }}',
    '  {{- $keep := ternary (dict "helm.sh/resource-policy" "keep") dict .Values.crds.keep }}',
    '  {{- with include "external-issuer.annotations" (dict "context" $ "annotations" $keep) }}',
    '  {{- . | nindent 2 }}',
    '  {{- end }}',
    `${yaml({ spec })}{{- end }}`,
    '',
  ].join('\n');
}

/** YAML in which no text is taken for an action of the template language. */
function yaml(value: unknown): string {
  const text = stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 120 });
  return text.replaceAll('{{', '{{ "{{" }}');
}
