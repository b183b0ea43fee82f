import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { policyField } from '../../../../src/api/policy-fields.ts';
import type { Facts } from '../../../../src/cli/doctor/facts.ts';
import type { WebhookConfiguration } from '../../../../src/cli/doctor/resources.ts';
import { ok } from '../../../../src/lib/result.ts';
import { findings, forbidden, healthyFacts, issuerFacts, notFound, verdicts } from './support.ts';

const issuer = 'ExternalIssuer team-a/ca';

function policyFacts(policy: object, more: Partial<Facts> = {}): Facts {
  return healthyFacts(more, [issuerFacts({ policy: policyField.parse(policy) })]);
}

const asking = { rules: [{ name: 'web' }, { name: 'jane', match: { users: ['jane'], groups: ['developers'] } }] };
const named: WebhookConfiguration = { metadata: { name: 'cert-manager-webhook' } };
const webhooks = [{ rules: [{ apiGroups: ['cert-manager.io'] }] }];
const renamed: WebhookConfiguration = {
  metadata: { name: 'certs-webhook', labels: { 'app.kubernetes.io/component': 'webhook' } },
  webhooks,
};
const others: WebhookConfiguration = { metadata: { name: 'kyverno' }, webhooks };

describe('the doctor and what issuers may be asked for', () => {
  const both = (mutating: Facts['webhooks']['mutating'], validating = mutating): Partial<Facts> => ({
    webhooks: { mutating, validating },
  });
  const unknown = [`warning RequesterUnknown ${issuer}`];
  const cases: readonly (readonly [string, Facts, readonly string[]])[] = [
    ['warns of rules on who asks without the webhook', policyFacts(asking), unknown],
    ['takes no other webhook for it', policyFacts(asking, both(ok([others]))), unknown],
    ['needs both of its configurations', policyFacts(asking, both(ok([named]), ok([]))), unknown],
    ['is content with the webhook', policyFacts(asking, both(ok([others, named]))), []],
    ['knows it under another name', policyFacts(asking, both(ok([renamed]))), []],
    ['needs none where rules look at namespaces', policyFacts({ rules: [{ name: 'a', match: { namespaces: ['a'] } }] }), []],
    ['needs none where the API server says who asks', policyFacts(asking, { requestKinds: ['CertificateSigningRequest'] }), []],
    [
      'says that it may not look',
      policyFacts(asking, both(forbidden)),
      [
        'warning NotSeen MutatingWebhookConfiguration cert-manager-webhook',
        'warning NotSeen ValidatingWebhookConfiguration cert-manager-webhook',
      ],
    ],
    ['does not look where it need not', healthyFacts(both(forbidden)), []],
    ['takes an API server without webhooks for one without this', policyFacts(asking, both(notFound)), unknown],
    ['warns of system:masters', policyFacts({ allowSystemMasters: true }), [`warning SystemMastersAllowed ${issuer}`]],
    ['says nothing of a policy that is as usual', policyFacts({}), []],
  ];
  for (const [what, facts, expected] of cases) test(what, () => assert.deepEqual(verdicts(facts), expected));

  test('names the rule, its fields and what is missing', () => {
    const [found] = findings(policyFacts(asking, both(ok([named]), ok([]))));
    assert.match(
      found?.what ?? '',
      /^spec\.policy\.rules "jane" \(match\.users, match\.groups\) look at who asks, and ValidatingWebhookConfiguration cert-manager-webhook /,
    );
    assert.match(found?.fix ?? '', /match\.namespaces/);
  });

  test('says how system:masters are no longer allowed', () => {
    const [found] = findings(policyFacts({ allowSystemMasters: true }));
    assert.match(found?.fix ?? '', /kubectl edit externalissuer ca --namespace team-a$/);
  });
});
