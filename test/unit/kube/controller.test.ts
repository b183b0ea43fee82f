import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runController, type Reconcile } from '../../../src/kube/controller.ts';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import { createWorkQueue, type WorkQueue } from '../../../src/kube/workqueue.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { CodedError, messageOf } from '../../../src/lib/errors.ts';
import { createMemoryLog, until } from './support/api-client.ts';

interface Started {
  readonly queue: WorkQueue;
  readonly forgotten: readonly string[];
  readonly stop: AbortController;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  readonly errors: unknown[];
  readonly lines: Record<string, unknown>[];
}

function start(workers: number, reconcile: Reconcile): Started {
  const forgotten: string[] = [];
  const inner = createWorkQueue({ clock: systemClock, random: () => 0, backoff: { baseMs: 4, maxMs: 40 } });
  const queue: WorkQueue = {
    ...inner,
    forget: (key) => {
      forgotten.push(key);
      inner.forget(key);
    },
  };
  const [stop, abort] = [new AbortController(), new AbortController()];
  const { log, lines } = createMemoryLog();
  const errors: unknown[] = [];
  const deps = { log, onError: (error: unknown) => void errors.push(error) };
  const ended = runController('test', queue, workers, reconcile, deps, { stop: stop.signal, abort: abort.signal });
  return { queue, forgotten, stop, abort, ended, errors, lines };
}

describe('a controller', () => {
  test('tries again what throws, tells why, and forgets the failures at the first success', async () => {
    let calls = 0;
    const failures = [new TypeError('a bug'), new CodedError('Busy', 'the CA is busy')];
    const started = start(1, async () => {
      const failure = failures[calls++];
      if (failure !== undefined) throw failure;
      return {};
    });
    started.queue.add('ns/a');
    await until('the third call', () => calls === 3);
    started.stop.abort();
    await started.ended;
    assert.deepEqual(started.forgotten, ['ns/a']);
    assert.deepEqual(started.errors, failures);
    const [bug, busy] = started.lines as { key: string; err?: { stack: string }; error?: string }[];
    assert.match(bug?.err?.stack ?? '', /TypeError: a bug[^]*controller\.test\.ts/);
    assert.equal(busy?.error, 'the CA is busy');
    assert.deepEqual([bug?.key, busy?.key], ['ns/a', 'ns/a']);
  });

  test('tries again what the API server sends away when it says, and not before', async () => {
    const at: number[] = [];
    const started = start(1, async () => {
      at.push(performance.now());
      if (at.length === 1) throw new KubeApiError('Other', 429, 'too many requests', { retryAfterMs: 60 });
      return {};
    });
    started.queue.add('a');
    await until('the second call', () => at.length === 2);
    started.stop.abort();
    await started.ended;
    assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 59);
  });

  test('calls again after the time that a reconcile asked for', async () => {
    const at: number[] = [];
    const started = start(1, async () => {
      at.push(performance.now());
      return at.length === 1 ? { requeueAfterMs: 30 } : {};
    });
    started.queue.add('a');
    await until('the second call', () => at.length === 2);
    started.stop.abort();
    await started.ended;
    assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 29);
  });

  test('lets what runs end when it is told to stop, and starts nothing more', async () => {
    const running: string[] = [];
    const finish = Promise.withResolvers<void>();
    const started = start(2, async (key, signal) => {
      running.push(key);
      await finish.promise;
      assert.equal(signal.aborted, false);
      return {};
    });
    for (const key of ['a', 'b', 'c']) started.queue.add(key);
    await until('two workers', () => running.length === 2);
    started.queue.add('a');
    started.stop.abort();
    let ended = false;
    void started.ended.then(() => (ended = true));
    await delay(20);
    assert.equal(ended, false);
    finish.resolve();
    await started.ended;
    assert.deepEqual(running, ['a', 'b']);
    assert.deepEqual(started.errors, []);
  });

  test('passes the abort on to what runs, and neither reports nor repeats what that breaks off', async () => {
    let calls = 0;
    const started = start(1, async (_key, signal) => {
      calls += 1;
      await systemClock.sleep(60_000, signal);
      return {};
    });
    started.queue.add('a');
    await until('the call', () => calls === 1);
    started.stop.abort();
    started.abort.abort();
    await started.ended;
    assert.deepEqual([calls, started.errors, started.lines], [1, [], []]);
  });

  test('that is told to stop before it starts runs nothing', async () => {
    const queue = createWorkQueue({ clock: systemClock, random: () => 0, backoff: { baseMs: 4, maxMs: 40 } });
    queue.add('a');
    const over = AbortSignal.abort();
    const reconcile = async (): Promise<never> => assert.fail('must not be called');
    await runController('test', queue, 2, reconcile, { log: createMemoryLog().log }, { stop: over, abort: over });
  });

  test('never runs one key twice at once, and runs it after it was last added', async () => {
    const keys = Array.from({ length: 7 }, (_, index) => `key-${index}`);
    const wanted = new Map<string, number>();
    const reached = new Map<string, number>();
    const running = new Set<string>();
    let most = 0;
    const started = start(4, async (key) => {
      if (running.has(key)) throw new Error('twice at once');
      running.add(key);
      most = Math.max(most, running.size);
      const seen = wanted.get(key) ?? 0;
      for (let pause = seen % 5; pause > 0; pause -= 1) await new Promise((resolve) => setImmediate(resolve));
      running.delete(key);
      if (seen % 7 === 0) throw new Error('now and then');
      reached.set(key, seen);
      return {};
    });
    for (let round = 1; round <= 500; round += 1) {
      const key = keys[(round * 5) % keys.length] ?? '';
      wanted.set(key, round);
      started.queue.add(key);
      if (round % 11 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const last = [...wanted].filter(([, round]) => round % 7 !== 0);
    await until('all to be seen', () => last.every(([key, round]) => reached.get(key) === round));
    started.stop.abort();
    await started.ended;
    assert.equal(most, 4);
    assert.deepEqual(new Set(started.errors.map(messageOf)), new Set(['now and then']));
  });
});
