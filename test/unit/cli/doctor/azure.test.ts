import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loginOf } from '../../../../src/cli/doctor/logins.ts';
import type { Deployment } from '../../../../src/cli/doctor/resources.ts';
import type { ResolvedIssuer } from '../../../../src/issuing/resolve-issuer.ts';
import { ok } from '../../../../src/lib/result.ts';
import { keyVaultSchema } from '../../../../src/signers/key-vault/schema.ts';
import { clusterIssuer, issuerView } from '../../issuing/support/views.ts';
import { testSigners } from '../../support/signers.ts';
import { findings, forbidden, healthyFacts, issuerFacts, notFound, verdicts } from './support.ts';
import type { Facts } from '../../../../src/cli/doctor/facts.ts';

const label = 'azure.workload.identity/use';
const deployment = 'Deployment external-issuer-system/pki';
const account = 'ServiceAccount external-issuer-system/external-issuer-controller';

function deployed(labels: Readonly<Record<string, string>>): Deployment {
  return {
    metadata: { name: 'pki', namespace: 'external-issuer-system' },
    spec: { template: { metadata: { labels }, spec: { serviceAccountName: 'external-issuer-controller' } } },
    status: { availableReplicas: 1 },
  };
}

function accountWith(annotations: Readonly<Record<string, string>>): Facts['controllerAccount'] {
  return ok({ metadata: { name: 'external-issuer-controller', annotations } });
}

function vaultFacts(hasClientId: boolean, facts: Partial<Facts>): Facts {
  return healthyFacts(facts, [issuerFacts({ view: issuerView({ key: clusterIssuer }), workloadIdentity: { hasClientId } })]);
}

describe('the doctor and the workload identity of the controller', () => {
  const labelled = ok([deployed({ [label]: 'true' })]);
  const unlabelled = ok([deployed({})]);
  const named = accountWith({ 'azure.workload.identity/client-id': 'id' });
  const cases: readonly (readonly [string, Facts, readonly string[]])[] = [
    ['is content where it is set up', vaultFacts(false, { deployments: labelled, controllerAccount: named }), []],
    ['is content where the issuer names the identity', vaultFacts(true, { deployments: labelled }), []],
    ['misses the label', vaultFacts(true, { deployments: unlabelled }), [`warning WorkloadIdentityOff ${deployment}`]],
    [
      'misses the label where it says something else',
      vaultFacts(true, { deployments: ok([deployed({ [label]: 'yes' })]) }),
      [`warning WorkloadIdentityOff ${deployment}`],
    ],
    ['misses the annotation', vaultFacts(false, { deployments: labelled }), [`warning WorkloadIdentityUnnamed ${account}`]],
    [
      'says so where it may not see the ServiceAccount',
      vaultFacts(false, { deployments: labelled, controllerAccount: forbidden }),
      [`warning NotSeen ${account}`],
    ],
    ['does not ask where there is none', vaultFacts(false, { deployments: labelled, controllerAccount: notFound }), []],
    ['does not ask where the controller runs elsewhere', vaultFacts(false, { deployments: ok([]) }), []],
    ['does not ask where no issuer needs it', healthyFacts({ deployments: unlabelled }), []],
  ];
  for (const [what, facts, expected] of cases) test(what, () => assert.deepEqual(verdicts(facts), expected));

  test('gives commands that set it up', () => {
    const [off, unnamed] = findings(vaultFacts(false, { deployments: unlabelled }));
    assert.match(off?.what ?? '', /with which ExternalClusterIssuer "ca" would log in$/);
    assert.equal(
      off?.fix,
      `kubectl patch deployment pki --namespace external-issuer-system --patch '{"spec":{"template":{"metadata":{"labels":{"${label}":"true"}}}}}'`,
    );
    assert.equal(
      unnamed?.fix,
      'kubectl annotate serviceaccount external-issuer-controller --namespace external-issuer-system ' +
        'azure.workload.identity/client-id=CLIENT_ID && kubectl rollout restart deployment pki --namespace external-issuer-system',
    );
  });
});

describe('the identity of an issuer', () => {
  const ids = { tenantId: '00000000-0000-0000-0000-000000000000', clientId: '00000000-0000-0000-0000-000000000001' };
  const login = (auth: object): ReturnType<typeof loginOf> => {
    const config = keyVaultSchema.parse({ vaultUrl: 'https://team.vault.azure.net', keyName: 'ca', auth });
    const definition = testSigners().find(({ block }) => block === 'keyVault');
    assert.ok(definition);
    return loginOf({ definition, input: { config } as ResolvedIssuer['input'] }, 'team-a');
  };
  const cases: readonly (readonly [string, object, ReturnType<typeof loginOf>])[] = [
    ["is the controller's own where nothing is set", {}, { workloadIdentity: { hasClientId: false } }],
    ['is the one it names', { clientId: ids.clientId }, { workloadIdentity: { hasClientId: true } }],
    [
      'is that of a ServiceAccount beside it',
      { ...ids, serviceAccountRef: { name: 'vault' } },
      { serviceAccount: { name: 'vault', namespace: 'team-a' } },
    ],
    ['is that of the node', { type: 'managedIdentity' }, {}],
    ['is in a Secret', { type: 'clientSecret', ...ids }, {}],
  ];
  for (const [what, auth, expected] of cases) test(what, () => assert.deepEqual(login(auth), expected));
});
