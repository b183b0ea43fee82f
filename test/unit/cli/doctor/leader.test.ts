import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Facts } from '../../../../src/cli/doctor/facts.ts';
import { lastSignOf } from '../../../../src/cli/doctor/last-sign.ts';
import { diagnose } from '../../../../src/cli/doctor/run.ts';
import { ok } from '../../../../src/lib/result.ts';
import { issuerView, newIssuerView, now, readyCondition } from '../../issuing/support/views.ts';
import { expectedCrds, findings, healthyFacts, issuerFacts, notFound, options, verdicts } from './support.ts';

const at = (ms: number): string => new Date(ms).toISOString();

function request(group: string, readyAt: number | undefined): CertificateRequest {
  const ready = { type: 'Ready', status: 'False', reason: 'Pending', lastTransitionTime: at(readyAt ?? 0) } as const;
  return {
    metadata: { name: 'web', namespace: 'team-a', creationTimestamp: at(now - 60_000) },
    spec: { request: '', issuerRef: { group, kind: 'ExternalIssuer', name: 'ca' } },
    status: { conditions: [{ type: 'Approved', status: 'True' }, ...(readyAt === undefined ? [] : [ready])] },
  };
}

function stale(lastSign?: number): Partial<Facts> {
  const spec = { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: at(now - 60_000) };
  const lease = ok({ metadata: { name: 'external-issuer.io' }, spec });
  return { lease, ...(lastSign === undefined ? {} : { lastSign }) };
}

describe('the last sign of a controller', () => {
  test('is the last change of readiness of an issuer or of a request of ours', () => {
    const issuer = issuerView({ ready: readyCondition({ since: at(now - 9000) }) });
    const ours = request('external-issuer.io', now - 5000);
    assert.deepEqual(lastSignOf([issuer, newIssuerView()], [request('external-issuer.io', undefined)]), {
      lastSign: now - 9000,
    });
    assert.deepEqual(lastSignOf([issuer], [ours, request('cert-manager.io', now)]), { lastSign: now - 5000 });
    assert.deepEqual(lastSignOf([newIssuerView()], []), {});
  });
});

describe('the doctor, of a controller that cannot be seen,', () => {
  test('says how it is seen, and when one was at work', () => {
    const [none] = findings(healthyFacts({ lease: notFound }));
    assert.match(
      none?.fix ?? '',
      /--controller-namespace, or start it with --leader-elect \(make run ARGS=--leader-elect\) so that/,
    );
    assert.doesNotMatch(none?.what ?? '', /at work/);
    const [seen] = findings(healthyFacts({ lease: notFound, lastSign: now - 12_000 }));
    assert.match(
      seen?.what ?? '',
      /no such trace\. One was at work 12s ago: the readiness of an issuer or a request changed then$/,
    );
  });

  test('says what to do where its Lease is old, whether it runs in the cluster or was started by hand', () => {
    const [gone] = findings(healthyFacts(stale()));
    assert.match(gone?.fix ?? '', /kubectl get pods --namespace external-issuer-system .*started by hand \(make run\)/);
  });

  test('says that one seems to work without the Lease, which is then no reason to call a request lost', () => {
    const requests = ok([request('external-issuer.io', undefined)]);
    const silent = 'ControllerSilent CertificateRequest team-a/web';
    const gone = 'LeaderGone Lease external-issuer-system/external-issuer.io';
    assert.deepEqual(verdicts(healthyFacts({ ...stale(), requests })), [`error ${gone}`, `error ${silent}`]);
    const working = healthyFacts({ ...stale(now - 30_000), requests });
    assert.deepEqual(verdicts(working), [`warning ${gone}`, `warning ${silent}`]);
    assert.match(
      findings(working)[0]?.what ?? '',
      /changed after that, 30s ago: a controller seems to run without --leader-elect$/,
    );
  });
});

describe('the doctor, of an issuer that is ready,', () => {
  const wordsOf = (checkIntervalMs?: number): string | undefined => {
    const facts = healthyFacts({}, [issuerFacts(checkIntervalMs === undefined ? {} : { checkIntervalMs })]);
    return diagnose(facts, options, expectedCrds, 'x').find(({ code }) => code === 'IssuerReady')?.what;
  };
  test('says since when, and how old the last check may be', () => {
    assert.equal(wordsOf(600_000), 'ready since 2027-01-15T07:00:00Z (the last check may be up to 10m old): all is well');
    assert.equal(wordsOf(), 'ready since 2027-01-15T07:00:00Z: all is well');
  });
});

test('the doctor does not say that nothing is stuck where a request waits for a CA that is down', () => {
  const waiting = request('external-issuer.io', now - 60_000);
  const pending = { type: 'Ready', status: 'False', reason: 'Pending', message: 'CAUnreachable: down.' } as const;
  const facts = healthyFacts({
    requests: ok([{ ...waiting, status: { conditions: [{ type: 'Approved', status: 'True' }, pending] } }]),
  });
  const all = diagnose(facts, options, expectedCrds, 'x');
  assert.deepEqual(verdicts(facts), ['warning Pending CertificateRequest team-a/web']);
  assert.ok(all.every(({ code, where }) => code !== 'NoneStuck' || where === 'CertificateSigningRequests'));
});
