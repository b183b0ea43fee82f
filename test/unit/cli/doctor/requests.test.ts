import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import { ok } from '../../../../src/lib/result.ts';
import { now } from '../../issuing/support/views.ts';
import { findings, healthyFacts, verdicts } from './support.ts';

describe('the doctor, of requests,', () => {
  const open = (name: string, more: object = {}, issuerName = 'ca'): CertificateRequest => ({
    metadata: { name, namespace: 'team-a', creationTimestamp: new Date(now - 9e5).toISOString(), ...more },
    spec: { request: '', issuerRef: { group: 'external-issuer.io', kind: 'ExternalIssuer', name: issuerName } },
    status: { conditions: [{ type: 'Approved', status: 'True' }] },
  });

  test('tells of a few requests that wait for one thing, and counts the others', () => {
    const requests = ok(Array.from({ length: 10 }, (_, index) => open(`web-${index}`)));
    assert.deepEqual(verdicts(healthyFacts({ requests })), [
      'error ControllerSilent CertificateRequest team-a/web-0',
      'error ControllerSilent CertificateRequest team-a/web-1',
      'error ControllerSilent CertificateRequest team-a/web-2',
      'error ControllerSilent CertificateRequests',
    ]);
    assert.equal(findings(healthyFacts({ requests }))[3]?.what, '7 more for the same reason');
  });

  test('has the Certificate of a request corrected, in words that a shell takes', () => {
    const annotations = { 'cert-manager.io/certificate-name': "it's" };
    const facts = healthyFacts({ requests: ok([open('web', { annotations }, 'caa')]) });
    assert.equal(
      findings(facts)[0]?.fix,
      `kubectl patch certificate 'it'\\''s' --namespace team-a --type merge --patch '{"spec":{"issuerRef":{"name":"ca"}}}'`,
    );
    const alone = findings(healthyFacts({ requests: ok([open('web', {}, 'caa')]) }));
    assert.equal(alone[0]?.fix, 'make the request again, with issuerRef.name: ca');
  });

  test('forgets a failure that its Certificate has left behind', () => {
    const annotations = { 'cert-manager.io/certificate-name': 'web' };
    const failed: CertificateRequest = {
      ...open('web-1', { annotations }),
      status: { failureTime: 'x', conditions: [{ type: 'Ready', status: 'False', reason: 'Failed', message: 'no' }] },
    };
    const later = open('web-2', { annotations, creationTimestamp: new Date(now - 1000).toISOString() });
    assert.deepEqual(verdicts(healthyFacts({ requests: ok([failed]) })), ['warning Failed CertificateRequest team-a/web-1']);
    assert.deepEqual(verdicts(healthyFacts({ requests: ok([failed, later]) })), []);
  });
});
