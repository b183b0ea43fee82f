import { stringify } from 'yaml';
import { policySpec, type LimitedParty } from '../../src/api/admission-policy.ts';

const parties: readonly LimitedParty[] = ['controller', 'approver'];

/** Stands for the account until the YAML is written: quotes of a template would be escaped there. */
const account = 'RELEASE_ACCOUNT';

/** The specs of the admission policies as templates of the chart, called with its context. */
export function chartPolicies(): string {
  return parties
    .map((party) => {
      const yaml = stringify(policySpec(party, `system:serviceaccount:${account}`), {
        version: '1.1',
        aliasDuplicateObjects: false,
        lineWidth: 120,
      });
      const name = `{{ .Release.Namespace }}:{{ include "external-issuer.${party}ServiceAccountName" . }}`;
      return `\n{{- define "external-issuer.policy.${party}" -}}\n${yaml.replace(account, () => name)}{{- end -}}\n`;
    })
    .join('');
}
