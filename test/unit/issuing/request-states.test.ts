import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stateOf, tallyStates, type RequestState } from '../../../src/issuing/request-states.ts';
import type { IssuerView, RequestView } from '../../../src/issuing/request-view.ts';
import { issuerView, newIssuerView, now, readyCondition, requestView } from './support/views.ts';

const cases: readonly (readonly [string, Partial<RequestView>, IssuerView | undefined, RequestState])[] = [
  ['is approved and can be signed', {}, issuerView(), 'in-work'],
  ['nobody has decided about', { approval: 'undecided' }, issuerView(), 'waiting-for-approval'],
  ['nobody has decided about, for no issuer', { approval: 'undecided' }, undefined, 'waiting-for-approval'],
  ['is denied and does not say so yet', { approval: 'denied' }, undefined, 'in-work'],
  ['names no issuer that exists', {}, undefined, 'waiting-for-issuer'],
  ['names an issuer that was never checked', {}, newIssuerView(), 'waiting-for-issuer'],
  ['names an issuer that is not ready', {}, issuerView({ ready: readyCondition({ status: 'False' }) }), 'waiting-for-issuer'],
  ['names an issuer that has changed since its check', {}, issuerView({ generation: 4 }), 'waiting-for-issuer'],
  ['has been tried', { signing: { firstTry: '2027-01-15T08:00:00Z' } }, issuerView(), 'in-work'],
  ['its CA has', { signing: { firstTry: '2027-01-15T08:00:00Z', caRequestId: '7' } }, issuerView(), 'pending-at-ca'],
];

describe('a request that', () => {
  for (const [what, request, issuer, state] of cases) {
    test(`${what} is ${state}`, () => assert.equal(stateOf(requestView(request), issuer), state));
  }
});

test('requests are counted by state, with the age of the oldest since its approval, or since it was made', () => {
  const requests = [
    requestView({ createdAt: now - 9000, approvedAt: now - 2000 }),
    requestView({ createdAt: now - 5000 }),
    requestView({ createdAt: now - 60_000, approval: 'undecided' }),
    requestView({ createdAt: now + 60_000, approval: 'undecided' }),
    requestView({ createdAt: Number.NaN }),
  ];
  assert.deepEqual(
    tallyStates(requests, (request) => stateOf(request, issuerView()), now),
    [
      { state: 'waiting-for-approval', count: 2, oldestMs: 60_000 },
      { state: 'waiting-for-issuer', count: 0, oldestMs: 0 },
      { state: 'pending-at-ca', count: 0, oldestMs: 0 },
      { state: 'in-work', count: 3, oldestMs: 5000 },
    ],
  );
});
