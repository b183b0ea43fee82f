import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { approverLeaseName, approverServiceAccount } from '../../../../src/api/group.ts';
import { policyField } from '../../../../src/api/policy-fields.ts';
import type { Facts } from '../../../../src/cli/doctor/facts.ts';
import type { Deployment } from '../../../../src/cli/doctor/resources.ts';
import { ok } from '../../../../src/lib/result.ts';
import { issuerView, now } from '../../issuing/support/views.ts';
import { findings, forbidden, healthyFacts, issuerFacts, notFound, options, verdicts, without } from './support.ts';

const namespace = 'external-issuer-system';
const certManager = 'ServiceAccount cert-manager/cert-manager';
const lease = `Lease ${namespace}/${approverLeaseName}`;
const approver = `ServiceAccount ${namespace}/${approverServiceAccount}`;

function deployed(name: string, args: readonly string[], available = 1, replicas = 1): Deployment {
  return {
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': 'external-issuer' } },
    spec: { replicas, template: { spec: { containers: [{ args }] } } },
    status: { availableReplicas: available },
  };
}

const controller = deployed('pki', ['controller', '--leader-elect']);
const approving = (available = 1, replicas = 1): Partial<Facts> => ({
  deployments: ok([controller, deployed('approver', ['approver'], available, replicas)]),
});

function led(renewedMs = 2000, holderIdentity = 'pod-2'): Partial<Facts> {
  const spec = { holderIdentity, leaseDurationSeconds: 15, renewTime: new Date(now - renewedMs).toISOString() };
  return { approverLease: ok({ metadata: { name: approverLeaseName, namespace }, spec }) };
}

const ruledIssuer = issuerFacts({ policy: policyField.parse({ rules: [{ name: 'web' }] }) });
const freeIssuer = issuerFacts({ view: issuerView({ key: { kind: 'ExternalIssuer', namespace: 'team-b', name: 'free' } }) });
const noRight = (facts: Facts): Facts => without(facts, (words) => /^approve(-one)? /.test(words));
const onlyFree = (facts: Facts): Facts =>
  without(facts, (words) => /^approve(-one)? /.test(words) && !words.endsWith('team-b.free'));

describe('the doctor and who approves', () => {
  const cases: readonly (readonly [string, Facts, readonly string[]])[] = [
    [
      'finds two approvers for one signer',
      healthyFacts({ ...approving(), ...led() }, [ruledIssuer]),
      [`error TwoApprovers ${certManager}`],
    ],
    [
      'finds two approvers where the built-in one runs elsewhere',
      healthyFacts(led(), [ruledIssuer]),
      [`error TwoApprovers ${certManager}`],
    ],
    [
      'warns of two approvers before an issuer has rules',
      healthyFacts(approving(), [freeIssuer]),
      [`warning TwoApprovers ${certManager}`],
    ],
    ['is content with the built-in approver alone', noRight(healthyFacts({ ...approving(), ...led() }, [ruledIssuer])), []],
    ['is content where each has its own issuers', onlyFree(healthyFacts(approving(), [ruledIssuer, freeIssuer])), []],
    [
      'names issuers without rules that nobody approves for',
      noRight(healthyFacts(approving(), [ruledIssuer, freeIssuer])),
      [`warning ApproverForbidden ${certManager}`],
    ],
    [
      'finds issuers with rules that nobody approves for',
      noRight(healthyFacts({}, [ruledIssuer])),
      [`error ApproverForbidden ${certManager}`, `error ApproverForbidden ${certManager}`],
    ],
    ['is content with cert-manager alone', healthyFacts({}, [ruledIssuer, freeIssuer]), []],
    [
      'needs no cert-manager where none of its requests are signed',
      noRight(healthyFacts({ requestKinds: ['CertificateSigningRequest'], certManagerAccount: notFound }, [ruledIssuer])),
      [],
    ],
    [
      'finds an approver that is down',
      noRight(healthyFacts(approving(0), [ruledIssuer])),
      [`error ApproverDown Deployment ${namespace}/approver`],
    ],
    [
      'does not count on an approver that is scaled down',
      healthyFacts(approving(0, 0), [ruledIssuer]),
      [`warning ApproverScaledDown Deployment ${namespace}/approver`],
    ],
    [
      'finds an approver that lost its Lease',
      noRight(healthyFacts({ ...approving(0), ...led(90_000) }, [ruledIssuer])),
      [`error ApproverDown Deployment ${namespace}/approver`, `error ApproverGone ${lease}`],
    ],
    [
      'takes an old Lease beside a running approver for a former one',
      noRight(healthyFacts({ ...approving(), ...led(90_000, '') }, [ruledIssuer])),
      [`warning ApproverGone ${lease}`],
    ],
    ['takes an old Lease alone for no approver', healthyFacts(led(90_000), [ruledIssuer]), []],
    [
      'says that the Lease may not be seen',
      noRight(healthyFacts({ ...approving(), approverLease: forbidden }, [ruledIssuer])),
      [`warning NotSeen ${lease}`],
    ],
  ];
  for (const [what, facts, expected] of cases) test(what, () => assert.deepEqual(verdicts(facts), expected));

  test('has the right of two taken from cert-manager, and says who else then needs it', () => {
    const [found] = findings(healthyFacts(approving(), [ruledIssuer, freeIssuer]));
    assert.match(
      found?.what ?? '',
      /^may approve requests for ExternalIssuer team-a\/ca, .* \(Deployment external-issuer-system\/approver\).*ExternalIssuer team-b\/free, which the built-in approver leaves alone, /,
    );
    assert.equal(
      found?.fix,
      'kubectl delete clusterrolebinding,clusterrole cert-manager-controller-approve:external-issuer-io',
    );
  });

  test('names the built-in approver where rules are there and nobody decides by them', () => {
    const [found] = findings(noRight(healthyFacts({}, [ruledIssuer])));
    assert.match(found?.what ?? '', /the spec\.policy\.rules of ExternalIssuer team-a\/ca, does not run$/);
  });

  const rights = [
    'list certificaterequests',
    'watch certificatesigningrequests',
    'patch certificaterequests/status',
    'list externalissuers',
    'watch externalclusterissuers',
  ];
  for (const right of rights) {
    test(`misses the right of the built-in approver to ${right}`, () => {
      const facts = without(noRight(healthyFacts(approving(), [ruledIssuer])), (words) =>
        words.startsWith(`approver ${right}`),
      );
      const [found] = findings(facts);
      assert.deepEqual(verdicts(facts), [`error RightMissing ${approver}`]);
      assert.match(found?.what ?? '', new RegExp(`^may not ${right}`));
      assert.equal(found?.fix, 'bin/external-issuer crds --rbac --approver built-in | kubectl apply --server-side -f -');
    });
  }

  for (const group of ['cert-manager.io', 'certificates.k8s.io']) {
    test(`misses the right of the built-in approver to approve in ${group}`, () => {
      const facts = noRight(healthyFacts(approving(), [ruledIssuer]));
      assert.ok(facts.access.ok);
      const access = facts.access.value.map(({ question, allowed }) => {
        const { verb, group: of } = question.attributes;
        return { question, allowed: allowed && !(question.purpose === 'approver' && verb === 'approve' && of === group) };
      });
      const [found] = findings({ ...facts, access: ok(access) });
      assert.match(found?.what ?? '', new RegExp(`^may not approve signers of ${group} named externalissuers`));
    });
  }

  test('asks for the rights on the kinds alone that the approver was told to decide about', () => {
    const args = ['approver', '--request-kinds=CertificateSigningRequest'];
    const facts = healthyFacts({ deployments: ok([controller, deployed('approver', args)]) }, [ruledIssuer]);
    assert.ok(facts.access.ok);
    const asked = facts.access.value.flatMap(({ question: { purpose, attributes } }) =>
      purpose === 'approver' ? attributes.resource : [],
    );
    assert.ok(asked.includes('certificatesigningrequests') && !asked.includes('certificaterequests'));
    assert.deepEqual(verdicts(facts), []);
  });

  test('sends who waits for the built-in approver to it, and others to cert-manager', () => {
    const waiting = (name: string, team: string) => ({
      metadata: { name, namespace: team, creationTimestamp: new Date(now - 60_000).toISOString() },
      spec: { request: '', issuerRef: { group: 'external-issuer.io', kind: 'ExternalIssuer', name } },
    });
    const requests = ok([waiting('ca', 'team-a'), waiting('free', 'team-b')]);
    const [one, other] = findings(onlyFree(healthyFacts({ ...approving(), requests }, [ruledIssuer, freeIssuer])));
    assert.match(one?.fix ?? '', /approver above/);
    assert.match(other?.fix ?? '', /cmctl approve free --namespace team-b$/);
  });

  test('asks nothing of cert-manager where another approver is said to be there', () => {
    assert.deepEqual(verdicts(noRight(healthyFacts({}, [freeIssuer])), { ...options, otherApprover: true }), []);
  });

  test('looks at the rights of the account that the Deployment of the approver has', () => {
    const own = deployed('approver', ['approver']);
    const spec = { ...own.spec, template: { spec: { ...own.spec?.template?.spec, serviceAccountName: 'pki-approver' } } };
    const facts = healthyFacts({ deployments: ok([controller, { ...own, spec }]) }, [ruledIssuer]);
    const refused = without(noRight(facts), (words) => words.startsWith('approver '));
    assert.ok(verdicts(refused).every((verdict) => verdict.endsWith(`ServiceAccount ${namespace}/pki-approver`)));
    assert.ok(verdicts(refused).length > 0);
  });
});
