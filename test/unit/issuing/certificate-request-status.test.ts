import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import type { StatusChange } from '../../../src/issuing/conclusion.ts';
import { certificateRequestKind } from '../../../src/issuing/request-kinds/certificate-request.ts';
import { readSigningState } from '../../../src/issuing/signing-state.ts';
import type { RequestView } from '../../../src/issuing/request-view.ts';
import { conditionsOf } from './support/certificate-requests.ts';
import { now, requestView } from './support/views.ts';

const at = '2027-01-15T08:00:00Z';
const pending: StatusChange = { change: 'pending', code: 'IssuerNotReady', message: 'wait' };

function statusOf(change: StatusChange, request: Partial<RequestView> = {}): CertificateRequest {
  return certificateRequestKind.statusOf(requestView(request), change, now);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

interface Case {
  readonly what: string;
  readonly change: StatusChange;
  readonly status: CertificateRequest['status'];
}

function ready(status: 'True' | 'False', reason: string, message: string): CertificateRequest['status'] {
  return { conditions: [{ type: 'Ready', status, reason, message, lastTransitionTime: at }] };
}

const cases: readonly Case[] = [
  {
    what: 'a certificate and its CA in base64, without failureTime',
    change: { change: 'issued', chainPem: 'chain\n', caPem: 'ca\n' },
    status: {
      ...ready('True', 'Issued', 'The certificate was signed and checked.'),
      certificate: base64('chain\n'),
      ca: base64('ca\n'),
    },
  },
  {
    what: 'no ca for a lone leaf',
    change: { change: 'issued', chainPem: 'leaf\n', caPem: '' },
    status: { ...ready('True', 'Issued', 'The certificate was signed and checked.'), certificate: base64('leaf\n') },
  },
  {
    what: 'Failed with its code, and when',
    change: { change: 'failed', code: 'CsrMalformed', message: 'The CSR is refused.' },
    status: { ...ready('False', 'Failed', 'CsrMalformed: The CSR is refused.'), failureTime: at },
  },
  {
    what: 'Denied, and when',
    change: { change: 'denied', message: 'No.' },
    status: { ...ready('False', 'Denied', 'No.'), failureTime: at },
  },
  {
    what: 'Pending with its code, without failureTime',
    change: pending,
    status: ready('False', 'Pending', 'IssuerNotReady: wait'),
  },
];

describe('the status of a CertificateRequest', () => {
  for (const { what, change, status } of cases) {
    test(`holds ${what}`, () => assert.deepEqual(statusOf(change).status, status));
  }

  test('is fenced by the version it was decided on, names its object, and touches nothing but the status', () => {
    for (const { change } of cases) {
      const { status: _status, ...rest } = statusOf(change, { resourceVersion: '77' });
      assert.deepEqual(rest, { metadata: { name: 'web-1', namespace: 'team-a', uid: 'uid-1', resourceVersion: '77' } });
    }
  });

  const since = '2027-01-01T00:00:00Z';
  const transitions: readonly (readonly [string, string, string, string])[] = [
    ['keeps the time of a Ready that stays False', 'False', since, since],
    ['takes the time of a Ready that was Unknown anew', 'Unknown', since, at],
    ['takes the time where another has left it out', 'False', '', at],
  ];
  for (const [what, status, before, expected] of transitions) {
    test(what, () => {
      const request = { ready: { status, reason: 'Pending', message: 'x', since: before } };
      assert.equal(conditionsOf(statusOf(pending, request))['Ready']?.lastTransitionTime, expected);
    });
  }

  const signing = { firstTry: '2027-01-15T07:00:00.000Z', caRequestId: 'order-7' };
  const signingType = 'external-issuer.io/Signing';

  test('says what the CA answered in a condition of its own', () => {
    const written = conditionsOf(statusOf({ ...pending, code: 'PendingAtCA', signing }));
    const { message = '', ...condition } = written[signingType] ?? assert.fail('no such condition');
    assert.deepEqual(condition, {
      type: signingType,
      status: 'True',
      reason: 'PendingAtCA',
      lastTransitionTime: '2027-01-15T07:00:00Z',
    });
    assert.deepEqual(readSigningState(message, requestView().csr), signing);
  });

  test('keeps that condition in a later Pending that does not speak of it: left out, it would be deleted', () => {
    const { message } = conditionsOf(statusOf(pending, { signing }))[signingType] ?? {};
    assert.deepEqual(readSigningState(message, requestView().csr), signing);
  });

  test('has that condition go when the request is over', () => {
    for (const { change } of cases.slice(0, 4))
      assert.deepEqual(Object.keys(conditionsOf(statusOf(change, { signing }))), ['Ready']);
  });

  test('cuts what is too long to be read', () => {
    const { message = '' } = conditionsOf(statusOf({ ...pending, message: 'x'.repeat(9000) }))['Ready'] ?? {};
    assert.equal(message.length, 1024);
  });
});
