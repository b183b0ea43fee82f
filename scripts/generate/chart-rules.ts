import { approverElectionRules, builtInApproverRules } from '../../src/api/approver-rules.ts';
import { ruleYaml } from '../../src/api/manifest.ts';
import { metricsAuthRules, metricsReaderRules } from '../../src/api/metrics-rules.ts';
import { csrApproverRules, csrRequesterRules, referenceRules } from '../../src/api/people-rules.ts';
import {
  approverRules,
  controllerRules,
  editRules,
  leaderElectionRules,
  refsRules,
  tokenRules,
  viewRules,
  type RbacRule,
  type UrlRule,
} from '../../src/api/rbac-rules.ts';

/** The rules of each role, by the end of the name of its template. The one for tokens is called with a ServiceAccount as `.`. */
const templates: Readonly<Record<string, readonly (RbacRule | UrlRule)[]>> = {
  controller: controllerRules,
  leaderElection: leaderElectionRules,
  refs: refsRules,
  token: tokenRules('{{ .name }}'),
  certManagerApprover: approverRules,
  builtInApprover: builtInApproverRules,
  approverLeaderElection: approverElectionRules,
  metricsAuth: metricsAuthRules,
  metricsReader: metricsReaderRules,
  csrApprover: csrApproverRules,
  csrRequester: csrRequesterRules,
  reference: referenceRules,
  view: viewRules,
  edit: editRules,
};

/** The rules as templates of the chart, each rule on the condition under which it is needed; empty where none is. */
export function chartRules(): string {
  return Object.entries(templates)
    .map(([name, rules]) => `\n{{- define "external-issuer.rules.${name}" -}}\n${rules.map(conditional).join('')}{{- end -}}\n`)
    .join('');
}

function conditional(rule: RbacRule | UrlRule): string {
  const yaml = ruleYaml(rule);
  if (!('requestKind' in rule)) return yaml;
  return `{{- if has "${rule.requestKind}" .Values.requestKinds }}\n${yaml}{{- end }}\n`;
}
