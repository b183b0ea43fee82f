import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signingRequestKind } from '../../../src/issuing/request-kinds/signing-request.ts';
import { writeSigningState } from '../../../src/issuing/signing-state.ts';
import { err, ok, type Result } from '../../../src/lib/result.ts';
import { approvedByPerson, signingRequest } from './support/signing-requests.ts';
import { csrPem, now, requestField } from './support/views.ts';

const { view } = signingRequestKind;
const duration = 'experimental.cert-manager.io/request-duration';
const isCa = 'experimental.cert-manager.io/request-is-ca';
const condition = (type: string, status: 'True' | 'False' = 'True') => ({ type, status, reason: 'R', message: 'm' }) as const;

describe('the view of a CertificateSigningRequest', () => {
  test('has what the core needs, and no namespace', () => {
    assert.deepEqual(view(signingRequest()), {
      kind: 'CertificateSigningRequest',
      uid: 'uid-1',
      name: 'jane',
      resourceVersion: '10',
      createdAt: now,
      issuer: { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca' },
      approval: 'approved',
      csr: requestField(csrPem),
      duration: ok(7_776_000),
      usages: ['digital signature', 'client auth'],
      isCA: false,
      requester: {
        username: 'jane',
        uid: 'user-1',
        groups: ['developers', 'system:authenticated'],
        extra: { 'example.com/team': ['a'] },
      },
      annotations: {},
      labels: {},
    });
  });

  const finished: readonly (readonly [string, Parameters<typeof signingRequest>[0]])[] = [
    ['has a certificate', { status: { conditions: [approvedByPerson], certificate: 'eA==' } }],
    ['is denied', { status: { conditions: [condition('Denied')] } }],
    ['is denied after it was approved', { status: { conditions: [approvedByPerson, condition('Denied')] } }],
    ['has failed', { status: { conditions: [approvedByPerson, condition('Failed')] } }],
    ['is being deleted', { metadata: { deletionTimestamp: '2027-01-15T08:01:00Z' } }],
    ["names another's signer", { spec: { signerName: 'kubernetes.io/kube-apiserver-client' } }],
  ];
  for (const [what, overrides] of finished) {
    test(`is none where it ${what}`, () => assert.equal(view(signingRequest(overrides)), undefined));
  }

  test('is undecided until Approved is True', () => {
    for (const conditions of [[], [condition('Approved', 'False')], [condition('Other')]]) {
      assert.equal(view(signingRequest({ status: { conditions } }))?.approval, 'undecided');
    }
  });

  test('names no issuer where the signer name is malformed', () => {
    const signerName = 'externalissuers.external-issuer.io/ca';
    assert.deepEqual(view(signingRequest({ spec: { signerName } }))?.issuer, { unknownKind: signerName, name: '' });
  });

  test('asks for a CA by "true" alone', () => {
    const asked = ['true', 'True', '1', 'yes', ''].map(
      (value) => view(signingRequest({ metadata: { annotations: { [isCa]: value } } }))?.isCA,
    );
    assert.deepEqual(asked, [true, false, false, false, false]);
  });

  const field = `the annotation ${duration}`;
  const durations: readonly (readonly [string | undefined, number | undefined, Result<number, string>])[] = [
    [undefined, undefined, ok(7_776_000)],
    [undefined, 3600, ok(3600)],
    ['', 3600, ok(3600)],
    ['2h', 3600, ok(7200)],
    ['10m', undefined, ok(600)],
    ['9m59s', 3600, err(`${field} asks for 9m59s; a certificate lasts at least 10m.`)],
    ['0s', undefined, err(`${field} asks for 0ms; a certificate lasts at least 10m.`)],
    ['1 day', undefined, err(`${field} is "1 day", which is no duration; write it as 2160h or 90m.`)],
    ['\u001b[2J', undefined, err(`${field} is "\\u001b[2J", which is no duration; write it as 2160h or 90m.`)],
    ['9'.repeat(1000), undefined, err(`${field} is "${'9'.repeat(60)}", which is no duration; write it as 2160h or 90m.`)],
  ];
  for (const [written, expirationSeconds, expected] of durations) {
    test(`with the annotation ${JSON.stringify(written?.slice(0, 20))} and expirationSeconds ${expirationSeconds} knows how long`, () => {
      const annotations = written === undefined ? {} : { [duration]: written };
      const spec = expirationSeconds === undefined ? {} : { expirationSeconds };
      assert.deepEqual(view(signingRequest({ metadata: { annotations }, spec }))?.duration, expected);
    });
  }

  test('knows what is kept of its signing, and only for its own CSR', () => {
    const state = { firstTry: '2027-01-15T08:00:00.000Z', caRequestId: 'order-7' };
    const kept = (csr: string) => {
      const message = writeSigningState(state, csr);
      const signing = { type: 'external-issuer.io/Signing', status: 'True', reason: 'PendingAtCA', message } as const;
      return view(signingRequest({ status: { conditions: [approvedByPerson, signing] } }))?.signing;
    };
    assert.deepEqual(kept(requestField(csrPem)), state);
    assert.equal(kept('b3RoZXI='), undefined);
  });
});
