import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IssuerView, RequestView } from '../../../src/issuing/request-view.ts';
import { issuerOf, wakesByIssuer, wakesRequest, type Wake } from '../../../src/issuing/triggers.ts';
import { clusterIssuer, issuerView, newIssuerView, readyCondition, requestView } from './support/views.ts';

const pending = { status: 'False', reason: 'Pending', message: 'CAUnavailable: 503', since: '' };

const requests: readonly (readonly [string, RequestView | undefined, RequestView | undefined, boolean])[] = [
  ['a new request', undefined, requestView(), true],
  ['a request that is gone or finished', requestView(), undefined, false],
  ['a request that was approved', requestView({ approval: 'undecided' }), requestView(), true],
  ['a request that was denied', requestView(), requestView({ approval: 'denied' }), true],
  ['a request with another CSR', requestView(), requestView({ csr: 'x' }), true],
  ['a request that names another issuer', requestView(), requestView({ issuer: clusterIssuer }), true],
  ['our own Pending write', requestView(), requestView({ resourceVersion: '11', ready: pending }), false],
  ['our own Signing write', requestView(), requestView({ signing: { firstTry: '2027-01-15T08:00:00Z' } }), false],
  ['a label', requestView(), requestView({ resourceVersion: '11', labels: { app: 'shop' } }), false],
  ['an annotation', requestView(), requestView({ resourceVersion: '11', annotations: { team: 'web' } }), false],
];

const issuers: readonly (readonly [string, IssuerView | undefined, IssuerView | undefined, Wake])[] = [
  ['a new issuer', undefined, newIssuerView(), { issuer: true, requests: true }],
  ['an issuer that is gone', issuerView(), undefined, { issuer: false, requests: true }],
  ['another spec', issuerView(), issuerView({ generation: 4 }), { issuer: true, requests: true }],
  ['the first status', newIssuerView(), issuerView(), { issuer: false, requests: true }],
  [
    'a status that becomes NotReady',
    issuerView(),
    issuerView({ ready: readyCondition({ status: 'False' }) }),
    { issuer: false, requests: true },
  ],
  [
    'a status that becomes current',
    issuerView({ ready: readyCondition({ observedGeneration: 2 }) }),
    issuerView(),
    { issuer: false, requests: true },
  ],
  [
    'another reason not to be ready',
    issuerView({ ready: readyCondition({ status: 'False', message: 'ReferenceNotFound: no Secret' }) }),
    issuerView({ ready: readyCondition({ status: 'False', message: 'AuthError: no' }) }),
    { issuer: false, requests: true },
  ],
  [
    'the same reason not to be ready in other words',
    issuerView({ ready: readyCondition({ status: 'False', message: 'AuthError: no' }) }),
    issuerView({ ready: readyCondition({ status: 'False', message: 'AuthError: not now' }) }),
    { issuer: false, requests: false },
  ],
  [
    'a status in other words',
    issuerView(),
    issuerView({ resourceVersion: '6', ready: readyCondition({ message: 'Still: well' }) }),
    { issuer: false, requests: false },
  ],
];

describe('wakesRequest', () => {
  for (const [what, before, after, wakes] of requests) {
    test(`${wakes ? 'wakes' : 'does not wake'} for ${what}`, () => assert.equal(wakesRequest(before, after), wakes));
  }
});

describe('wakesByIssuer', () => {
  for (const [what, before, after, wake] of issuers) {
    const whom = Object.entries(wake).filter(([, wakes]) => wakes);
    test(`wakes ${whom.map(([name]) => name).join(' and ') || 'nobody'} for ${what}`, () =>
      assert.deepEqual(wakesByIssuer(before, after), wake));
  }
});

describe('issuerOf', () => {
  const cases: readonly (readonly [RequestView['issuer'], string | undefined])[] = [
    [requestView().issuer, 'ExternalIssuer/team-a/ca'],
    [clusterIssuer, 'ExternalClusterIssuer/ca'],
    [{ unknownKind: 'Issuer', name: 'ca' }, undefined],
  ];
  for (const [issuer, key] of cases) {
    test(`gives ${key ?? 'nothing for an unknown kind'}`, () => assert.equal(issuerOf(requestView({ issuer })), key));
  }
});
