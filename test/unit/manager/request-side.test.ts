import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { certificateRequestKind } from '../../../src/issuing/request-kinds/certificate-request.ts';
import { signingRequestKind } from '../../../src/issuing/request-kinds/signing-request.ts';
import { createKnownCas } from '../../../src/x509/known-cas.ts';
import type { SignerPool } from '../../../src/issuing/signer-pool.ts';
import type { KubeClient, WatchEvent } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { createActivity } from '../../../src/server/status-page/activity.ts';
import { createRequestSide } from '../../../src/manager/request-side.ts';
import type { TermDeps } from '../../../src/manager/term-deps.ts';
import { approved, certificateRequest } from '../issuing/support/certificate-requests.ts';
import { signingRequest } from '../issuing/support/signing-requests.ts';
import { createFakeClock, settle } from '../kube/support/fake-clock.ts';

test('a request that is gone, finished or being deleted leaves the line of its issuer', async () => {
  const [left, stop] = [[] as string[], new AbortController()];
  const named = (name: string): KubeObject => certificateRequest({ metadata: { name, uid: `uid of ${name}` } });
  const changes = (name: string): KubeObject =>
    certificateRequest({ metadata: { name, uid: `uid of ${name}`, labels: { a: 'b' } } });
  const deleting = certificateRequest({ metadata: { name: 'c', uid: 'uid of c', deletionTimestamp: '2027-01-15T08:01:00Z' } });
  const issued = certificateRequest({
    metadata: { name: 'b', uid: 'uid of b' },
    status: { conditions: [approved], certificate: 'eA==' },
  });
  const seen: readonly WatchEvent<KubeObject>[] = [
    { type: 'MODIFIED', object: changes('d') },
    { type: 'DELETED', object: named('a') },
    { type: 'MODIFIED', object: issued },
    { type: 'MODIFIED', object: deleting },
  ];
  const client = {
    list: async () => ({ metadata: { resourceVersion: '1' }, items: ['a', 'b', 'c', 'd'].map(named) }),
    async *watch(_resource: unknown, { signal }: { signal: AbortSignal }) {
      yield* seen;
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    },
  } as unknown as KubeClient;
  const deps = { client, clock: createFakeClock(), random: () => 0, log: pino({ enabled: false }), workers: 1 };
  const pool = { forgetRequest: (key: string) => void left.push(key) } as unknown as SignerPool;
  // The issuers are never all known, so no request is worked on.
  const issuers = { find: () => undefined, reconsider: () => {}, synced: new Promise(() => {}) };
  const side = createRequestSide({ kind: certificateRequestKind }, deps as unknown as TermDeps, {
    pool,
    known: createKnownCas(),
    activity: createActivity(() => 0),
    issuers,
  });
  const ended = side.run({ stop: stop.signal, abort: stop.signal });
  await settle();
  assert.deepEqual(left, ['team-a/a', 'team-a/b', 'team-a/c']);
  assert.equal(
    side.unfinished().reduce((sum, { count }) => sum + count, 0),
    1,
  );
  stop.abort();
  await ended;
});

test('a side looks at requests of its own kind alone when the pool or an issuer wakes one of that key', async () => {
  const stop = new AbortController();
  const pool = { forgetRequest: () => {} } as unknown as SignerPool;
  const client = {
    list: async ({ plural }: { readonly plural: string }) => ({
      metadata: { resourceVersion: '1' },
      items: [plural === 'certificaterequests' ? certificateRequest({ metadata: { name: 'jane' } }) : signingRequest()],
    }),
    async *watch(_resource: unknown, { signal }: { signal: AbortSignal }) {
      yield* await new Promise<never[]>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    },
  } as unknown as KubeClient;
  const deps = { client, clock: createFakeClock(), random: () => 0, log: pino({ enabled: false }), workers: 1 };
  const shared = {
    pool,
    known: createKnownCas(),
    activity: createActivity(() => 0),
    issuers: { find: () => undefined, reconsider: () => {}, synced: new Promise<never>(() => {}) },
  };
  const sides = [
    createRequestSide({ kind: certificateRequestKind }, deps as unknown as TermDeps, shared),
    createRequestSide({ kind: signingRequestKind }, deps as unknown as TermDeps, shared),
  ];
  const ended = sides.map(async ({ run }) => await run({ stop: stop.signal, abort: stop.signal }));
  await settle();

  /** The kinds whose queue holds a key after that, and nothing before. */
  async function wokenBy(wake: (side: (typeof sides)[number]) => void): Promise<readonly string[]> {
    for (const { queue } of sides) while (queue.depth > 0) queue.done((await queue.take()) ?? '');
    for (const side of sides) wake(side);
    return sides.filter(({ queue }) => queue.depth > 0).map(({ kind }) => kind);
  }
  assert.deepEqual(await wokenBy(({ wake }) => wake('jane')), ['CertificateSigningRequest']);
  assert.deepEqual(await wokenBy(({ wake }) => wake('team-a/jane')), ['CertificateRequest']);
  assert.deepEqual(await wokenBy(({ wake }) => wake('team-a/other')), []);
  const both = ['CertificateRequest', 'CertificateSigningRequest'];
  assert.deepEqual(await wokenBy(({ wakeFor }) => wakeFor('ExternalIssuer/team-a/ca')), both);
  assert.deepEqual(await wokenBy(({ wakeFor }) => wakeFor('ExternalClusterIssuer/ca')), []);
  stop.abort();
  await Promise.all(ended);
});
