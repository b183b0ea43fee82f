import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import type { StatusChange } from '../../../src/issuing/conclusion.ts';
import { signingRequestKind } from '../../../src/issuing/request-kinds/signing-request.ts';
import { readSigningState } from '../../../src/issuing/signing-state.ts';
import { approvedByPerson, signingRequest } from './support/signing-requests.ts';
import { now, requestView } from './support/views.ts';

const { statusOf, holds, view } = signingRequestKind;
const request = view(signingRequest()) ?? requestView();
const signing = { firstTry: '2027-01-15T07:00:00.000Z', caRequestId: 'order-7' };
const issued: StatusChange = { change: 'issued', chainPem: 'chain\n', caPem: 'ca\n' };
const failed: StatusChange = { change: 'failed', code: 'CARejected', message: 'The CA says\nno.' };
const certificate = Buffer.from('chain\n').toString('base64');
const failedCondition = {
  type: 'Failed',
  status: 'True',
  reason: 'CARejected',
  message: 'The CA says no.',
  lastTransitionTime: '2027-01-15T08:00:00Z',
} as const;

/** The API server keeps a condition that is left out, so that ours ends by being False. */
const over = {
  type: 'external-issuer.io/Signing',
  status: 'False',
  reason: 'Finished',
  message: 'The request has come to its end.',
  lastTransitionTime: '2027-01-15T08:00:00Z',
} as const;

describe('the status of a CertificateSigningRequest', () => {
  const cases: readonly (readonly [string, StatusChange, CertificateSigningRequest['status']])[] = [
    ['is the chain alone where it is issued: there is no place for the CA', issued, { conditions: [], certificate }],
    ['is Failed with the code as its reason', failed, { conditions: [failedCondition] }],
  ];
  for (const [what, change, status] of cases) {
    test(`${what}, fenced by uid and version`, () => {
      const metadata = { name: 'jane', uid: 'uid-1', resourceVersion: '10' };
      assert.deepEqual(statusOf(request, change, now), { metadata, status });
    });

    test(`${what}, and says that the signing is over where something was kept of it`, () => {
      const conditions = [...(status?.conditions ?? []), over];
      assert.deepEqual(statusOf({ ...request, signing }, change, now).status, { ...status, conditions });
    });
  }

  test('keeps the signing while it waits, the same whenever it is written', () => {
    const pending: StatusChange = { change: 'pending', code: 'PendingAtCA', message: 'wait', signing };
    const { status } = statusOf(request, pending, now);
    const [condition, ...others] = status?.conditions ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.reason, condition?.lastTransitionTime],
      ['external-issuer.io/Signing', 'True', 'PendingAtCA', '2027-01-15T07:00:00Z'],
    );
    assert.deepEqual(readSigningState(condition?.message, request.csr), signing);
    assert.deepEqual(statusOf(request, pending, now + 60_000).status, status);
    const { signing: _signing, ...repeated } = pending;
    assert.deepEqual(statusOf({ ...request, signing }, repeated, now).status, status, 'and is not lost by a change without it');
  });

  test('is one whose reason and message the API server takes', () => {
    const long: StatusChange = { change: 'failed', code: 'C'.repeat(500), message: 'm'.repeat(50_000) };
    const [condition] = statusOf(request, long, now).status?.conditions ?? [];
    assert.ok((condition?.reason?.length ?? 0) <= 128 && (condition?.message?.length ?? 0) <= 1024);
  });
});

describe('an object of the API server holds a change', () => {
  const done = (status: NonNullable<CertificateSigningRequest['status']>, overrides = {}) =>
    signingRequest({ ...overrides, status: { ...status, conditions: [approvedByPerson, ...(status.conditions ?? [])] } });
  const cases: readonly (readonly [string, StatusChange, CertificateSigningRequest, boolean])[] = [
    ['that certificate', issued, done({ certificate }), true],
    ['another certificate', issued, done({ certificate: 'eA==' }), false],
    ['no certificate', issued, done({}), false],
    ['that certificate and Failed', issued, done({ certificate, conditions: [failedCondition] }), false],
    ['that failure', failed, done({ conditions: [{ ...failedCondition, lastTransitionTime: '2026-01-01T00:00:00Z' }] }), true],
    ['another failure', failed, done({ conditions: [{ ...failedCondition, reason: 'Other' }] }), false],
    ['a failure in other words', failed, done({ conditions: [{ ...failedCondition, message: 'no' }] }), false],
    ['a certificate in the place of a failure', failed, done({ certificate }), false],
    ['that certificate in another object', issued, done({ certificate }, { metadata: { uid: 'uid-2' } }), false],
    ['that certificate for another CSR', issued, done({ certificate }, { spec: { request: 'eA==' } }), false],
  ];
  for (const [what, change, object, expected] of cases) {
    test(`${what}: ${expected}`, () => assert.equal(holds(object, request, change), expected));
  }
});
