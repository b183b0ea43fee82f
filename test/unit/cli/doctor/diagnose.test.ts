import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Facts } from '../../../../src/cli/doctor/facts.ts';
import { ok } from '../../../../src/lib/result.ts';
import { issuerView, newIssuerView, now, readyCondition } from '../../issuing/support/views.ts';
import {
  expectedCrds,
  findings,
  forbidden,
  healthyFacts,
  issuerFacts,
  notFound,
  storedCrd,
  verdicts,
  without,
} from './support.ts';

const account = 'ServiceAccount external-issuer-system/external-issuer-controller';
const approver = 'ServiceAccount cert-manager/cert-manager';
const crd = 'CustomResourceDefinition externalissuers.external-issuer.io';
const lease = 'Lease external-issuer-system/external-issuer.io';
const issuer = 'ExternalIssuer team-a/ca';

function withCrd(change: (crd: ReturnType<typeof storedCrd>) => unknown): Partial<Facts> {
  const name = 'externalissuers.external-issuer.io';
  const changed = change(structuredClone(storedCrd(name))) as ReturnType<typeof storedCrd>;
  return { crds: new Map([...healthyFacts().crds, [name, ok(changed)]]) };
}

function withLease(spec: object): Partial<Facts> {
  return { lease: ok({ metadata: { name: 'external-issuer.io' }, spec }) };
}

function renewedBefore(ms: number, holderIdentity = 'pod-1'): Partial<Facts> {
  return withLease({ holderIdentity, leaseDurationSeconds: 15, renewTime: new Date(now - ms).toISOString() });
}

function deployment(availableReplicas: number, replicas = 1): Facts['deployments'] {
  const metadata = {
    name: 'pki',
    namespace: 'external-issuer-system',
    labels: { 'app.kubernetes.io/name': 'external-issuer' },
  };
  return ok([{ metadata, spec: { replicas }, status: { availableReplicas } }, { metadata: { name: 'another' } }]);
}

describe('the doctor', () => {
  test('finds nothing where all is well', () => assert.deepEqual(verdicts(healthyFacts()), []));

  const cases: readonly [string, Partial<Facts>, readonly string[]][] = [
    ['a CRD is missing', { crds: new Map([['externalissuers.external-issuer.io', notFound]]) }, [`error CrdMissing ${crd}`]],
    [
      'a CRD may not be seen',
      { crds: new Map([['externalissuers.external-issuer.io', forbidden]]) },
      [`warning NotSeen ${crd}`],
    ],
    [
      'a CRD serves another version',
      withCrd((it) => ({ ...it, spec: { versions: [{ name: 'v1', served: true }] } })),
      [`error CrdVersion ${crd}`],
    ],
    ['a CRD is not established', withCrd((it) => ({ ...it, status: {} })), [`error CrdNotEstablished ${crd}`]],
    [
      'a CRD is older',
      withCrd((it) => JSON.parse(JSON.stringify(it).replaceAll('"ink"', '"inc"'))),
      [`warning CrdDiffers ${crd}`],
    ],
    [
      'a CRD has other columns',
      withCrd((it) => JSON.parse(JSON.stringify(it).replaceAll('"Signer"', '"Type"'))),
      [`warning CrdDiffers ${crd}`],
    ],
    [
      'nobody leads',
      withLease({ holderIdentity: '', renewTime: new Date(now - 9000).toISOString() }),
      [`error NoLeader ${lease}`],
    ],
    [
      'the leader is gone',
      withLease({ holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: new Date(now - 90_000).toISOString() }),
      [`error LeaderGone ${lease}`],
    ],
    ['the leader is a little late', renewedBefore(19_000), []],
    ['the leader was killed just now', renewedBefore(23_000), [`error LeaderGone ${lease}`]],
    [
      'another works without the Lease',
      { ...renewedBefore(3_600_000), lastSign: now - 60_000 },
      [`warning LeaderGone ${lease}`],
    ],
    [
      'the leader was at work to its last moment',
      { ...renewedBefore(3_600_000), lastSign: now - 3_598_000 },
      [`error LeaderGone ${lease}`],
    ],
    [
      'another works without the Lease that was given back',
      { ...renewedBefore(3_600_000, ''), lastSign: now - 60_000 },
      [`warning NoLeader ${lease}`],
    ],
    [
      'the leader is gone, and a Deployment runs without',
      { ...withLease({ holderIdentity: 'x', renewTime: new Date(now - 9e6).toISOString() }), deployments: deployment(1) },
      [`warning LeaderGone ${lease}`],
    ],
    ['a Deployment runs without leader election', { lease: notFound, deployments: deployment(1) }, []],
    [
      'no replica is available',
      { lease: notFound, deployments: deployment(0) },
      ['error ControllerDown Deployment external-issuer-system/pki'],
    ],
    [
      'the Deployment is scaled down',
      { lease: notFound, deployments: deployment(0, 0) },
      ['error ControllerScaledDown Deployment external-issuer-system/pki'],
    ],
    ['there is no trace of a controller', { lease: notFound }, ['warning ControllerNotSeen Namespace external-issuer-system']],
    [
      'the controller may not be looked for',
      { lease: forbidden, deployments: forbidden },
      ['warning NotSeen Namespace external-issuer-system, Deployments', `warning NotSeen ${lease}`],
    ],
    ['rights may not be asked for', { access: forbidden }, [`warning NotSeen ${account}`]],
    ['cert-manager is not where it should be', { certManagerAccount: notFound }, [`error CertManagerNotFound ${approver}`]],
    [
      'issuers may not be seen',
      { issuers: healthyFacts().issuers.map((each) => ({ ...each, found: forbidden })) },
      ['warning NotSeen ExternalIssuer of all names', 'warning NotSeen ExternalClusterIssuer of all names'],
    ],
    ['requests may not be seen', { requests: forbidden }, ['warning NotSeen CertificateRequests']],
    ['there are no issuers', { issuers: [] }, []],
  ];
  for (const [what, facts, expected] of cases) {
    test(`says so where ${what}`, () => assert.deepEqual(verdicts(healthyFacts(facts)), expected));
  }

  test('names the fields in which a CRD differs', () => {
    const [finding] = findings(healthyFacts(withCrd((it) => JSON.parse(JSON.stringify(it).replaceAll('"ink"', '"inc"')))));
    assert.match(finding?.what ?? '', /it has not spec\.paper\.ink; it has spec\.paper\.inc besides$/);
    assert.equal(finding?.fix, 'bin/external-issuer crds | kubectl apply --server-side -f -');
    assert.equal(expectedCrds.length, 2);
  });

  test('names each right of the controller that is missing, and what it is for', () => {
    const found = findings(
      without(healthyFacts(), (words) => /^controller (list|watch) certificaterequests |^leader-election create/.test(words)),
    );
    assert.deepEqual(
      found.map(({ severity, what }) => `${severity} ${what}`),
      [
        'error may not list, watch certificaterequests of cert-manager.io; needed to: See the requests that are to be signed. Until it may, the controller never gets ready (/readyz).',
        'warning may not create leases of coordination.k8s.io; needed to: Make the Lease. The API server cannot limit create to a name.',
      ],
    );
    assert.ok(found.every(({ fix }) => fix === 'bin/external-issuer crds --rbac | kubectl apply --server-side -f -'));
  });

  test('names the namespaces whose Secrets the controller may not read, and the issuers that need them', () => {
    const facts = healthyFacts({}, [issuerFacts({ refNamespaces: ['team-a'] })]);
    const [own, unused] = findings(without(facts, (words) => words.startsWith('refs get')));
    assert.match(
      unused?.what ?? '',
      /may not get configmaps; get secrets in namespace team-a; needed by ExternalIssuer team-a\/ca$/,
    );
    assert.match(
      unused?.fix ?? '',
      /^kubectl create rolebinding external-issuer-refs --namespace team-a --clusterrole external-issuer-refs-reader --serviceaccount external-issuer-system:external-issuer-controller$/,
    );
    assert.deepEqual([own?.severity, unused?.severity], ['warning', 'error']);
  });

  test('names the ServiceAccount of which the controller may not make a token, and the issuer that needs it', () => {
    const facts = healthyFacts({}, [issuerFacts({ serviceAccount: { namespace: 'team-a', name: 'vault' } })]);
    assert.deepEqual(verdicts(facts), []);
    const [finding] = findings(without(facts, (words) => words.startsWith('token ')));
    assert.match(
      finding?.what ?? '',
      /token of ServiceAccount team-a\/vault .* with which ExternalIssuer team-a\/ca would log in$/,
    );
    assert.match(
      finding?.fix ?? '',
      /^kubectl create role external-issuer-token-vault --namespace team-a --verb create .* && kubectl create rolebinding /,
    );
  });

  test('is content where each issuer may be approved for by name', () => {
    const byName = without(healthyFacts(), (words) => words.startsWith('approve '));
    assert.deepEqual(verdicts(byName), []);
    const oneMissing = without(healthyFacts(), (words) => words.startsWith('approve ') || words.endsWith('team-a.ca'));
    assert.deepEqual(verdicts(oneMissing), [`error ApproverForbidden ${approver}`]);
    assert.match(
      findings(oneMissing)[0]?.what ?? '',
      /may not approve requests for ExternalIssuer team-a\/ca \(verb approve on signers/,
    );
    const none = without(healthyFacts({}, []), (words) => words.startsWith('approve'));
    assert.equal(findings(none).length, 2);
  });

  const reference = { kind: 'Secret', namespace: 'team-a', name: 'token', field: 'spec.authSecretName' } as const;
  const issuerCases: readonly [string, Parameters<typeof issuerFacts>[0], readonly string[]][] = [
    ['was never looked at', { view: newIssuerView() }, [`error IssuerNotSeen ${issuer}`]],
    ['is new', { view: newIssuerView(), createdAt: now - 5000 }, [`warning IssuerNotSeen ${issuer}`]],
    ['was changed since', { view: issuerView({ generation: 4 }) }, [`error IssuerNotSeen ${issuer}`]],
    ['is not ready', { view: issuerView({ ready: readyCondition({ status: 'False' }) }) }, [`error IssuerNotReady ${issuer}`]],
    ['cannot be read', { problem: { code: 'ConfigError', message: 'spec.pki: wrong' } }, [`error ConfigError ${issuer}`]],
    [
      'names a Secret that is missing',
      { bad: [{ reference, problem: { code: 'ReferenceNotFound', message: '' } }] },
      [`error ReferenceNotFound ${issuer}`],
    ],
    [
      'names a Secret that the user may not see',
      { bad: [{ reference, problem: { code: 'ReferenceForbidden', message: '' } }] },
      [`warning NotSeen ${issuer}`],
    ],
    [
      'names a Secret that is never used',
      { bad: [{ reference, problem: { code: 'ConfigError', message: 'of type x' } }] },
      [`error ConfigError ${issuer}`],
    ],
  ];
  for (const [what, facts, expected] of issuerCases) {
    test(`says so where an issuer ${what}`, () => {
      const all = verdicts(healthyFacts({}, [issuerFacts(facts)]));
      assert.deepEqual(all, expected);
    });
  }

  test('sends the reader of a broken issuer to the cause', () => {
    const view = issuerView({ ready: readyCondition({ status: 'False', message: 'ReferenceNotFound: no token' }) });
    const bad = [{ reference, problem: { code: 'ReferenceNotFound', message: '' } as const }];
    const [cause, effect] = findings(healthyFacts({}, [issuerFacts({ view, bad })]));
    assert.equal(cause?.fix, 'kubectl create secret generic token --namespace team-a --from-file KEY=FILE');
    assert.equal(effect?.fix, 'see what is said of this issuer above');
    const [alone] = findings(healthyFacts({}, [issuerFacts({ view })]));
    assert.match(alone?.fix ?? '', /kubectl edit externalissuer ca --namespace team-a$/);
  });
});
