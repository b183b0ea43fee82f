import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createLedger } from '../../../src/issuing/ledger.ts';
import { createRequestReconciler } from '../../../src/issuing/reconcile-request.ts';
import type { IssuerKey, IssuerView } from '../../../src/issuing/request-view.ts';
import { createSignerPool } from '../../../src/issuing/signer-pool.ts';
import { runController } from '../../../src/kube/controller.ts';
import { createWorkQueue } from '../../../src/kube/workqueue.ts';
import type { Signer } from '../../../src/signers/signer.ts';
import { createFakeClock, settle } from '../kube/support/fake-clock.ts';
import { issuerView, requestView } from './support/views.ts';

const workers = 40;
const maxInFlight = 32;
const retry = { budgetMs: 0, minDelayMs: 5000, maxDelayMs: 600_000 };

function issuerNamed(name: string): IssuerView {
  const key: IssuerKey = { kind: 'ExternalIssuer', namespace: 'team-a', name };
  return issuerView({ uid: name, key });
}

function unexpected(): never {
  assert.fail('not expected here');
}

/** A signer of which only signing matters here. */
function signer(sign: Signer['sign']): Signer {
  return { sign, check: async () => ({ outcome: 'healthy', message: '' }), close: async () => {} };
}

test("a CA that hangs holds ever fewer workers, and none of another issuer's requests wait for it", async () => {
  const [clock, stop, concluded] = [createFakeClock(), new AbortController(), [] as string[]];
  const issuers = new Map(['hangs', 'works'].map((name) => [`ExternalIssuer/team-a/${name}`, issuerNamed(name)]));
  const queue = createWorkQueue({ clock, random: () => 0, backoff: { baseMs: 500, maxMs: 300_000 } });
  const pool = createSignerPool({ clock, wake: queue.add, onCloseFailed: unexpected });
  const never = signer(async () => await new Promise<never>(() => {}));
  const answers = signer(async () => ({ outcome: 'failed', code: 'Refused', message: 'No.' }));
  for (const [uid, each] of [['hangs', never] as const, ['works', answers] as const]) {
    pool.install(uid, 'hash', each, { retry, maxInFlight, strict: false, policy: { allowSystemMasters: false } });
    pool.checkPassed(uid);
  }
  const reconcile = createRequestReconciler({
    requestOf(key) {
      const name = key.slice('team-a/'.length);
      return requestView({ name, uid: name, issuer: { ...issuerNamed(name.split('-')[0] ?? '').key } });
    },
    issuerOf: (key) => issuers.get(key),
    onIssuerBroken: unexpected,
    pool,
    showsWaiting: true,
    ledger: createLedger(),
    clock,
    random: () => 0,
    fence: () => {},
    write: async () => 'written',
    tell: () => {},
    onConcluded: ({ name }) => concluded.push(name),
    onAttempt: () => {},
  });
  const ending = { stop: stop.signal, abort: stop.signal };
  const ended = runController('request', queue, workers, reconcile, { log: pino({ enabled: false }) }, ending);

  for (let count = 0; count < 64; count += 1) queue.add(`team-a/hangs-${count}`);
  for (let count = 0; count < 100; count += 1) queue.add(`team-a/works-${count}`);
  await settle();
  assert.equal(concluded.length, 100);
  assert.equal(pool.loadOf('hangs').inFlight, maxInFlight);

  await clock.advance(60_000);
  assert.equal(pool.loadOf('hangs').inFlight, 1);
  for (let count = 100; count < 200; count += 1) queue.add(`team-a/works-${count}`);
  await clock.advance(0);
  assert.equal(concluded.length, 200);
  assert.ok(concluded.every((name) => name.startsWith('works')));

  stop.abort(new Error('the end'));
  await ended;
});
