import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { decide, type Decision } from '../../../src/issuing/decide.ts';
import type { IssuerKey, IssuerView, RequestView } from '../../../src/issuing/request-view.ts';
import { clusterIssuer, issuerView, newIssuerView, now, readyCondition, requestView, teamIssuer } from './support/views.ts';

interface Case {
  readonly what: string;
  readonly request?: Partial<RequestView>;
  readonly issuer?: IssuerView | 'missing';
  readonly status?: { readonly change: string; readonly code?: string; readonly message: RegExp };
}

const unknownKind = { issuer: { unknownKind: 'Issuer', name: 'ca' } } as const;
const stale = issuerView({ ready: readyCondition({ observedGeneration: 2 }) });
const broken = issuerView({ ready: readyCondition({ status: 'False', message: 'AuthError: the token was refused' }) });

const denied = { change: 'denied', message: /denied by an approver/ };
const notFound = { change: 'pending', code: 'IssuerNotFound' };
const notReady = { change: 'pending', code: 'IssuerNotReady' };

const cases: readonly Case[] = [
  {
    what: 'a denied request is denied, though its issuer is missing',
    request: { approval: 'denied' },
    issuer: 'missing',
    status: denied,
  },
  { what: 'a denied request is denied, though its issuer is ready', request: { approval: 'denied' }, status: denied },
  {
    what: 'a denied request is denied, though its kind is unknown',
    request: { approval: 'denied', ...unknownKind },
    status: denied,
  },
  {
    what: 'an unapproved request of an unknown kind waits for approval first',
    request: { approval: 'undecided', ...unknownKind },
  },
  {
    what: 'an unapproved request of a missing issuer waits for approval first',
    request: { approval: 'undecided' },
    issuer: 'missing',
  },
  { what: 'an unapproved request of a ready issuer waits', request: { approval: 'undecided' } },
  {
    what: 'an approved request of an unknown kind waits, with the kinds there are',
    request: unknownKind,
    status: { ...notFound, message: /kind "Issuer" is not .*external-issuer\.io.*ExternalIssuer or ExternalClusterIssuer/ },
  },
  {
    what: 'an unknown kind is told without its control characters',
    request: { issuer: { unknownKind: 'Iss\u001b[31muer', name: 'ca' } },
    status: { ...notFound, message: /"Iss\\u001b\[31muer"/ },
  },
  {
    what: 'an approved request waits for its missing issuer, named with its namespace',
    issuer: 'missing',
    status: { ...notFound, message: /^ExternalIssuer "ca" in namespace "team-a" does not exist/ },
  },
  {
    what: 'an approved request waits for its missing cluster issuer, named without one',
    request: { issuer: clusterIssuer },
    issuer: 'missing',
    status: { ...notFound, message: /^ExternalClusterIssuer "ca" does not exist/ },
  },
  {
    what: 'an issuer that is not ready is named, with why',
    issuer: broken,
    status: {
      ...notReady,
      message: /^ExternalIssuer "ca" in namespace "team-a" is not ready: AuthError: the token was refused/,
    },
  },
];

function decided(request: Partial<RequestView>, issuer: Case['issuer'], at = now): Decision {
  return decide(requestView(request), issuer === 'missing' ? undefined : (issuer ?? issuerView()), at, () => false);
}

function conclusionOf(decision: Decision): Extract<Decision, { act: 'conclude' }>['conclusion'] {
  assert.equal(decision.act, 'conclude');
  return decision.conclusion;
}

describe('decide', () => {
  test('has an approved request of a ready and current issuer signed by that issuer', () => {
    const issuer = issuerView();
    assert.deepEqual(
      decide(requestView(), issuer, now, () => true),
      { act: 'sign', issuer },
    );
  });

  for (const { what, request = {}, issuer, status } of cases) {
    test(what, () => {
      const found = conclusionOf(decided(request, issuer)).status;
      if (status === undefined) {
        assert.equal(found, undefined);
        return;
      }
      assert.ok(found !== undefined && 'message' in found);
      assert.equal(found.change, status.change);
      if (status.code !== undefined) assert.equal('code' in found ? found.code : undefined, status.code);
      assert.match(found.message, status.message);
    });
  }

  test('waits for an issuer without a clock, for its change wakes the request', () => {
    for (const issuer of ['missing', newIssuerView(), stale, broken] as const) {
      assert.equal(conclusionOf(decided({}, issuer)).requeueAfterMs, undefined);
    }
  });

  const otherKinds: readonly (readonly [string, RequestView['issuer'], IssuerKey, RegExp])[] = [
    ['cluster issuer', teamIssuer, clusterIssuer, /team-a" does not exist, but there is an ExternalClusterIssuer of that name/],
    [
      'issuer of its namespace',
      clusterIssuer,
      teamIssuer,
      /^ExternalClusterIssuer "ca" does not exist, but there is an ExternalIssuer of that name: .* set issuerRef\.kind to ExternalIssuer/,
    ],
  ];
  for (const [what, issuer, other, message] of otherKinds) {
    test(`names the ${what} that a request for the other kind may mean`, () => {
      const exists = (key: IssuerKey): boolean => isDeepStrictEqual(key, other);
      const { status, notices = [] } = conclusionOf(decide(requestView({ issuer }), undefined, now, exists));
      assert.ok(status !== undefined && 'message' in status);
      assert.match(status.message, message);
      assert.equal(notices[0]?.note, status.message);
    });
  }

  test('warns of an issuer that is missing, of another kind or not ready', () => {
    for (const decision of [decided({}, 'missing'), decided(unknownKind, 'missing'), decided({}, broken)]) {
      assert.deepEqual(
        conclusionOf(decision).notices?.map(({ type }) => type),
        ['Warning'],
      );
    }
  });

  const unchecked: readonly (readonly [string, IssuerView])[] = [
    ['was never checked', newIssuerView()],
    ['is being initialized', issuerView({ ready: readyCondition({ status: 'Unknown', reason: 'Initializing' }) })],
    ['was ready in an older version', stale],
    ['was not ready in an older version', issuerView({ ready: readyCondition({ status: 'False', observedGeneration: 2 }) })],
    ['has a status that speaks of no version', issuerView({ ready: readyCondition({ observedGeneration: undefined }) })],
  ];
  for (const [what, issuer] of unchecked) {
    test(`says nothing of an issuer that ${what}: what comes of its check wakes the request`, () => {
      assert.deepEqual(conclusionOf(decided({}, issuer)), {});
    });
  }

  test('looks at an unapproved request again when its patience ends, and tells nobody before', () => {
    const conclusion = conclusionOf(decided({ approval: 'undecided' }, undefined, now + 12_000));
    assert.deepEqual(conclusion, { requeueAfterMs: 18_000 });
  });

  const rules: readonly (readonly [string, RequestView['issuer'], RegExp])[] = [
    ['an ExternalIssuer', requestView().issuer, /"externalissuers\.external-issuer\.io\/\*"/],
    ['an ExternalClusterIssuer', clusterIssuer, /"externalclusterissuers\.external-issuer\.io\/\*"/],
    ['an unknown kind', unknownKind.issuer, /"externalissuers\.external-issuer\.io\/\*"/],
  ];
  for (const [what, issuer, resourceName] of rules) {
    test(`tells after 30 s, in an event alone, which rule lets cert-manager approve a request of ${what}`, () => {
      const conclusion = conclusionOf(decided({ approval: 'undecided', issuer }, 'missing', now + 30_000));
      assert.deepEqual(Object.keys(conclusion), ['notices']);
      const [notice, ...others] = conclusion.notices ?? [];
      assert.deepEqual(others, []);
      assert.equal(notice?.type, 'Warning');
      assert.equal(notice.reason, 'WaitingForApproval');
      assert.match(notice.note, /verb "approve" on resource "signers" of group "cert-manager\.io"/);
      assert.match(notice.note, resourceName);
      assert.match(notice.note, /deploy\/rbac\.yaml/);
    });
  }
});

describe('decide about a CertificateSigningRequest', () => {
  const kind = 'CertificateSigningRequest';
  const noteOf = (decision: Decision): string => conclusionOf(decision).notices?.[0]?.note ?? '';

  test('tells who may approve it, with the names of Kubernetes', () => {
    for (const [issuer, plural] of [
      [teamIssuer, 'externalissuers'],
      [clusterIssuer, 'externalclusterissuers'],
    ] as const) {
      const note = noteOf(decided({ kind, issuer, approval: 'undecided' }, 'missing', now + 30_000));
      assert.match(note, /"external-issuer csr show web-1" .* "kubectl certificate approve web-1"/);
      assert.ok(note.includes(`group "certificates.k8s.io" with resourceName "${plural}.external-issuer.io/*"`), note);
      assert.match(note, /ClusterRole external-issuer-csr-approver/);
    }
  });

  test('says what to do where there is no such issuer', () => {
    assert.match(
      noteOf(decided({ kind }, 'missing')),
      /where the name is a mistake, make the request again with another spec\.signerName\.$/,
    );
  });

  test('names the signer name of the cluster issuer that may be meant, and of no issuer of a namespace', () => {
    const exists = (): boolean => true;
    const note = noteOf(decide(requestView({ kind, issuer: teamIssuer }), undefined, now, exists));
    // There is no namespace in which the other could be looked for.
    const { namespace: _namespace, ...clusterScoped } = requestView({ kind, issuer: clusterIssuer });
    assert.match(note, /set spec\.signerName to externalclusterissuers\.external-issuer\.io\/ca, which makes a new request/);
    assert.doesNotMatch(noteOf(decide(clusterScoped, undefined, now, exists)), /but there is/);
  });

  test('fails one whose signer name can mean no issuer, since nobody can change it, and only once it is approved', () => {
    const issuer = { unknownKind: `externalissuers.external-issuer.io/${'x'.repeat(1000)}\u001b`, name: '' };
    const { status } = conclusionOf(decided({ kind, issuer }, 'missing'));
    assert.ok(status?.change === 'failed');
    assert.equal(status.code, 'IssuerNotFound');
    assert.ok(status.message.length < 700 && !status.message.includes('\u001b'), status.message);
    assert.equal(conclusionOf(decided({ kind, issuer, approval: 'undecided' }, 'missing')).status, undefined);
  });
});
