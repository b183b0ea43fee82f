import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import { certificateRequestKind } from '../../../src/issuing/request-kinds/certificate-request.ts';
import { writeSigningState } from '../../../src/issuing/signing-state.ts';
import type { RequestView } from '../../../src/issuing/request-view.ts';
import { approved, certificateRequest } from './support/certificate-requests.ts';
import { csrPem, now, requestField, requestView } from './support/views.ts';

const { view } = certificateRequestKind;
const ours = certificateRequest().spec.issuerRef;

function ready(reason: string, status: 'True' | 'False' = 'False'): CertificateRequest['status'] {
  return {
    conditions: [approved, { type: 'Ready', status, reason, message: 'x', lastTransitionTime: '2027-01-15T08:00:00Z' }],
  };
}

function viewOf(...args: Parameters<typeof certificateRequest>): RequestView {
  const seen = view(certificateRequest(...args));
  assert.ok(seen !== undefined);
  return seen;
}

describe('the view of a CertificateRequest', () => {
  test('holds what the core decides on', () => {
    assert.deepEqual(view(certificateRequest()), requestView());
  });

  test('holds annotations and labels, without what is too long or holds the object again, and at most 64 of each', () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`a${index}`, 'x']));
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      ...many,
      long: 'x'.repeat(2049),
      'cert-manager.io/certificate-revision': '2',
    };
    const seen = viewOf({ metadata: { annotations, labels: { app: 'shop' } } });
    assert.deepEqual(seen.labels, { app: 'shop' });
    assert.deepEqual(Object.keys(seen.annotations), [
      'cert-manager.io/certificate-revision',
      ...Object.keys(many).slice(0, 63),
    ]);
  });

  const nothing: readonly (readonly [string, CertificateRequest])[] = [
    ['an issued one', certificateRequest({ status: ready('Issued', 'True') })],
    ['a failed one', certificateRequest({ status: ready('Failed') })],
    ['one that was denied and says so', certificateRequest({ status: ready('Denied') })],
    [
      'one with a certificate, whatever its Ready says',
      certificateRequest({ status: { ...ready('Pending'), certificate: 'eA==' } }),
    ],
    ['an invalid one', certificateRequest({ status: { conditions: [{ type: 'InvalidRequest', status: 'True' }] } })],
    ['one that is being deleted', certificateRequest({ metadata: { deletionTimestamp: '2027-01-15T08:01:00Z' } })],
    ['one of another group', certificateRequest({ spec: { issuerRef: { ...ours, group: 'cert-manager.io' } } })],
    ['one without a group', certificateRequest({ spec: { issuerRef: { name: 'ca', kind: 'ExternalIssuer' } } })],
  ];
  for (const [what, object] of nothing) {
    test(`leaves out ${what}`, () => assert.equal(view(object), undefined));
  }

  test('keeps one that another said is not invalid', () => {
    const status = { conditions: [{ type: 'InvalidRequest', status: 'False' } as const] };
    assert.equal(viewOf({ status }).approval, 'undecided');
  });

  const approvals: readonly (readonly [string, CertificateRequest['status'], RequestView['approval']])[] = [
    ['no status', {}, 'undecided'],
    ['Approved', { conditions: [approved] }, 'approved'],
    ['Approved=False', { conditions: [{ ...approved, status: 'False' }] }, 'undecided'],
    ['Denied', { conditions: [{ type: 'Denied', status: 'True' }] }, 'denied'],
    ['Approved and Denied', { conditions: [approved, { type: 'Denied', status: 'True' }] }, 'denied'],
  ];
  for (const [what, status, approval] of approvals) {
    test(`takes ${what} for ${approval}`, () => assert.equal(viewOf({ status }).approval, approval));
  }

  const issuers: readonly (readonly [string, string | undefined, RequestView['issuer']])[] = [
    ['ExternalIssuer', 'ExternalIssuer', { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca' }],
    ['no kind', undefined, { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca' }],
    ['an empty kind', '', { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca' }],
    ['ExternalClusterIssuer', 'ExternalClusterIssuer', { kind: 'ExternalClusterIssuer', name: 'ca' }],
    ['another kind', 'Issuer', { unknownKind: 'Issuer', name: 'ca' }],
    ['a kind in other letters', 'externalissuer', { unknownKind: 'externalissuer', name: 'ca' }],
    ['a kind as long as a book', 'x'.repeat(5000), { unknownKind: 'x'.repeat(100), name: 'ca' }],
  ];
  for (const [what, kind, issuer] of issuers) {
    test(`reads an issuerRef with ${what}`, () => {
      const { kind: _kind, ...ref } = ours;
      const issuerRef = kind === undefined ? ref : { ...ref, kind };
      assert.deepEqual(viewOf({ spec: { issuerRef } }).issuer, issuer);
    });
  }

  const durations: readonly (readonly [string | undefined, number | undefined])[] = [
    [undefined, 90 * 86_400],
    ['', 90 * 86_400],
    ['1h30m0s', 5400],
    ['0s', undefined],
    ['.5h', 1800],
    ['-5m', undefined],
    ['forever', undefined],
  ];
  for (const [duration, seconds] of durations) {
    test(`reads the duration ${duration === undefined ? 'that is not there' : `"${duration}"`} as ${seconds ?? 'unreadable'}`, () => {
      const { duration: _duration, ...spec } = certificateRequest().spec;
      const object = { ...certificateRequest(), spec: duration === undefined ? spec : { ...spec, duration } };
      const read = view(object)?.duration ?? assert.fail();
      assert.equal(read.ok ? read.value : undefined, seconds);
      if (!read.ok) assert.match(read.error, /spec\.duration .* 2160h or 90m/);
    });
  }

  test('reads Ready, and what the controller knew of the CA when it wrote last', () => {
    const state = { firstTry: new Date(now).toISOString(), caRequestId: 'order-7' };
    const message = writeSigningState(state, requestField(csrPem));
    const conditions = [
      ...(ready('Pending')?.conditions ?? []),
      { type: 'external-issuer.io/Signing', status: 'True', message } as const,
    ];
    const { ready: seen, signing } = viewOf({ status: { conditions } });
    assert.deepEqual(seen, { status: 'False', reason: 'Pending', message: 'x', since: '2027-01-15T08:00:00Z' });
    assert.deepEqual(signing, state);
  });

  test('leaves out a Signing condition that speaks of another CSR', () => {
    const message = writeSigningState({ firstTry: new Date(now).toISOString() }, 'another CSR');
    const status = { conditions: [approved, { type: 'external-issuer.io/Signing', status: 'True', message } as const] };
    assert.equal(viewOf({ status }).signing, undefined);
  });
});
