import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { KubeClient, WatchEvent } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { serveApproverTerm } from '../../../src/manager/approver-term.ts';
import { createApproverMetrics } from '../../../src/server/approver-metrics.ts';
import { certificateRequest } from '../issuing/support/certificate-requests.ts';
import { metricSources } from '../support/metric-sources.ts';
import { createFakeClock, settle } from '../kube/support/fake-clock.ts';

/** A term of the approver over an undecided request and its issuer. */
interface Term {
  /** The decisions that were applied, one text each. */
  readonly applied: string[];
  /** How often a request was looked at and left alone. */
  left(): number;
  /** Has the watch show this version of the issuer. */
  showIssuer(fields: Readonly<Record<string, unknown>>): Promise<void>;
  approvals(): Promise<string>;
  end(): Promise<void>;
}

function issuerObject({ policy, status }: Readonly<Record<string, unknown>>, version: string): KubeObject {
  const metadata = { name: 'ca', namespace: 'team-a', uid: 'issuer-uid', resourceVersion: version };
  return {
    metadata,
    spec: { signerType: 'fake', ...(policy === undefined ? {} : { policy }) },
    status,
  } as unknown as KubeObject;
}

async function startTerm(): Promise<Term> {
  const [applied, logged]: [string[], string[]] = [[], []];
  const stop = new AbortController();
  const clock = createFakeClock();
  let version = 1;
  let shown = Promise.withResolvers<WatchEvent<KubeObject>>();
  const listed: Readonly<Record<string, readonly KubeObject[]>> = {
    certificaterequests: [certificateRequest({ status: {} })],
    externalissuers: [issuerObject({}, '1')],
  };
  const client = {
    list: async ({ plural }: { plural: string }) => ({ metadata: { resourceVersion: '1' }, items: listed[plural] ?? [] }),
    async *watch({ plural }: { plural: string }, { signal }: { signal: AbortSignal }) {
      const ended = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      for (;;) yield await (plural === 'externalissuers' ? Promise.race([shown.promise, ended]) : ended);
    },
    async apply(_resource: unknown, object: KubeObject, { subresource }: { subresource: string }) {
      const { status } = object as unknown as { status: { conditions: readonly { type: string; reason: string }[] } };
      applied.push(`${subresource} ${status.conditions.map(({ type, reason }) => `${type} ${reason}`).join()}`);
      return object;
    },
  } as unknown as KubeClient;
  const metrics = createApproverMetrics(metricSources());
  const ended = serveApproverTerm(
    {
      client,
      clock,
      random: () => 0,
      log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
      recorder: { record: () => {}, pending: () => 0, stop: async () => {} },
      metrics,
      fence: () => {},
      workers: 1,
      requestKinds: ['CertificateRequest'],
    },
    { onStarted: () => {}, onSynced: () => {} },
    { stop: stop.signal, abort: new AbortController().signal },
  );
  await settle();
  return {
    applied,
    left: () => logged.filter((line) => line.includes('request left undecided')).length,
    async showIssuer(fields) {
      version += 1;
      const { resolve } = shown;
      shown = Promise.withResolvers();
      resolve({ type: 'MODIFIED', object: issuerObject(fields, String(version)) });
      await settle();
    },
    approvals: async () => await metrics.registry.getSingleMetricAsString('external_issuer_approvals_total'),
    async end() {
      stop.abort();
      await ended;
    },
  };
}

describe('a term of the approver', () => {
  test('looks at a request again when the rules of its issuer change, and not when its status does', async () => {
    const term = await startTerm();
    assert.deepEqual([term.left(), term.applied], [1, []]);
    await term.showIssuer({ status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    assert.deepEqual([term.left(), term.applied], [1, []]);
    await term.showIssuer({ policy: { rules: [{ name: 'web', allow: { dnsNames: ['a.example'] } }] } });
    assert.deepEqual(term.applied, ['status Approved PolicyApproved']);
    assert.match(await term.approvals(), /\{kind="CertificateRequest",outcome="approved"\} 1/);
    await term.end();
  });

  test('denies under rules that allow something else, and counts it', async () => {
    const term = await startTerm();
    await term.showIssuer({ policy: { rules: [{ name: 'web', allow: { dnsNames: ['b.example'] } }] } });
    assert.deepEqual(term.applied, ['status Denied PolicyViolation']);
    assert.match(await term.approvals(), /\{kind="CertificateRequest",outcome="denied"\} 1/);
    await term.end();
  });
});
