import type { PolicyRule } from '../../api/policy-fields.ts';
import { certManagerGroup } from '../../api/group.ts';
import { systemMasters } from '../../issuing/policy/check-policy.ts';
import { editCommand } from './check-issuers.ts';
import type { Fact, Facts, IssuerFacts } from './facts.ts';
import { notSeen, type Finding } from './finding.ts';
import { issuerName } from './issuer-ref.ts';
import type { Commands } from './options.ts';
import { mutatingWebhookConfigurations, validatingWebhookConfigurations, type WebhookConfiguration } from './resources.ts';

/** What cert-manager calls its webhook configurations. */
const webhookName = 'cert-manager-webhook';
/** What a rule may say of who asks. */
const requesterFields = ['users', 'groups', 'serviceAccounts'] as const;

/** Whether what issuers may be asked for can be told, and is what somebody meant. */
export function checkPolicy(
  { issuers, requestKinds, webhooks }: Pick<Facts, 'issuers' | 'requestKinds' | 'webhooks'>,
  commands: Commands,
): readonly Finding[] {
  const known = issuers.flatMap(({ found }) => (found.ok ? found.value : []));
  const masters = known.filter(({ policy }) => policy?.allowSystemMasters === true);
  // The API server itself says who makes a CertificateSigningRequest.
  const asking = requestKinds.includes('CertificateRequest')
    ? known.filter((issuer) => rulesOnRequester(issuer).length > 0)
    : [];
  return [...masters.map((issuer) => mastersAllowed(issuer, commands)), ...checkWebhook(asking, webhooks)];
}

function mastersAllowed(issuer: IssuerFacts, commands: Commands): Finding {
  return {
    severity: 'warning',
    code: 'SystemMastersAllowed',
    where: issuerName(issuer.view.key),
    what:
      `spec.policy.allowSystemMasters is true: whoever is approved gets certificates with O=${systemMasters}, with which an API server ` +
      'that trusts this CA lets them do everything, whatever RBAC says, until they end',
    fix: `remove it, unless it must be: ${editCommand(issuer, commands)}`,
  };
}

function rulesOnRequester({ policy }: IssuerFacts): readonly PolicyRule[] {
  return (policy?.rules ?? []).filter(({ match }) => requesterFields.some((field) => match[field] !== undefined));
}

/** Who asks is what cert-manager's webhook writes into a request, and keeps others from changing. */
function checkWebhook(asking: readonly IssuerFacts[], { mutating, validating }: Facts['webhooks']): readonly Finding[] {
  if (asking.length === 0) return [];
  const parts: readonly (readonly [string, Fact<readonly WebhookConfiguration[]>])[] = [
    [mutatingWebhookConfigurations.kind, mutating],
    [validatingWebhookConfigurations.kind, validating],
  ];
  const unseen = parts.flatMap(([kind, fact]) =>
    fact.ok || fact.error.code === 'NotFound'
      ? []
      : [notSeen(`${kind} ${webhookName}`, 'whether rules on who asks can be relied on is not known', fact.error.message)],
  );
  const missing = parts.filter(([, fact]) => (fact.ok ? !fact.value.some(isCertManagers) : fact.error.code === 'NotFound'));
  if (missing.length === 0) return unseen;
  const names = missing.map(([kind]) => `${kind} ${webhookName}`).join(' and ');
  const found = asking.map((issuer): Finding => {
    const rules = rulesOnRequester(issuer).map(
      ({ name, match }) =>
        `"${name}" (${requesterFields
          .filter((field) => match[field] !== undefined)
          .map((field) => `match.${field}`)
          .join(', ')})`,
    );
    return {
      severity: 'warning',
      code: 'RequesterUnknown',
      where: issuerName(issuer.view.key),
      what:
        `spec.policy.rules ${rules.join(', ')} look at who asks, and ${names} of cert-manager is not there: in a CertificateRequest ` +
        'nothing else makes sure of who that is, so anybody may write another name there',
      fix: 'install cert-manager with its webhook; or match by match.namespaces in place of who asks, which is what holds for a Certificate too',
    };
  });
  return [...unseen, ...found];
}

/** By its name, or, where cert-manager was installed under another, by the labels of its chart. */
function isCertManagers({ metadata, webhooks = [] }: WebhookConfiguration): boolean {
  if (metadata.name === webhookName) return true;
  const groups = webhooks.flatMap(({ rules = [] }) => rules.flatMap(({ apiGroups = [] }) => apiGroups));
  return metadata.labels?.['app.kubernetes.io/component'] === 'webhook' && groups.includes(certManagerGroup);
}
