import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { EventNotice, KubeEvent } from '../../../src/kube/event.ts';
import { createEventRecorder } from '../../../src/kube/events.ts';
import { createFakeClock } from './support/fake-clock.ts';

function notice(uid: string, change: Partial<EventNotice> = {}): EventNotice {
  const regarding = { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', name: uid, namespace: 'shop', uid };
  return { regarding, type: 'Normal', reason: 'Issued', action: 'Sign', note: 'issued', ...change };
}

/** A recorder with an API server that keeps what it is sent, fails as told and answers when `gate` opens. */
function setUp() {
  const clock = createFakeClock();
  const made: KubeEvent[] = [];
  const patched: { readonly name: string; readonly patch: unknown }[] = [];
  const logged: { readonly [key: string]: unknown }[] = [];
  const server = {
    error: undefined as KubeApiError | undefined,
    gate: Promise.resolve(),
    inFlight: 0,
    most: 0,
  };
  async function serve(accept: () => void): Promise<void> {
    server.inFlight += 1;
    server.most = Math.max(server.most, server.inFlight);
    await setImmediate();
    await server.gate;
    server.inFlight -= 1;
    if (server.error !== undefined) throw server.error;
    accept();
  }
  const client = {
    create: (_: unknown, event: KubeEvent) => serve(() => made.push(event)),
    mergePatch: (_: unknown, key: { name: string }, patch: unknown) => serve(() => patched.push({ name: key.name, patch })),
  } as unknown as KubeClient;
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(JSON.parse(line) as (typeof logged)[number]) });
  let seed = 0;
  const random = () => (seed += 1 / 1024) % 1;
  const options = { client, clock, random, log, reportingController: 'external-issuer.io', reportingInstance: 'pod-0' };
  return { recorder: createEventRecorder(options), clock, server, made, patched, logged };
}

describe('the event recorder', () => {
  test('sends each event once, two at a time', async () => {
    const { recorder, clock, made, server } = setUp();
    for (let index = 0; index < 50; index++) recorder.record(notice(`u${index}`));
    assert.equal(recorder.pending(), 50);
    for (let turn = 0; turn < 20; turn++) await clock.advance(0);
    assert.equal(made.length, 50);
    assert.equal(new Set(made.map(({ metadata }) => metadata.name)).size, 50);
    assert.equal(server.most, 2);
    assert.equal(recorder.pending(), 0);
    assert.equal(clock.sleeping, 0, 'nothing waits for a time when all is sent');
  });

  test('counts what repeats, and writes it at most once a minute', async () => {
    const { recorder, clock, made, patched } = setUp();
    for (let second = 0; second < 300; second++) {
      recorder.record(notice('u1'));
      await clock.advance(1000);
    }
    assert.equal(made.length, 1);
    assert.equal(made[0]?.series, undefined);
    assert.ok(patched.length >= 4 && patched.length <= 5, `${patched.length} patches`);
    await clock.advance(70_000);
    const lastObservedTime = new Date(1_800_000_299_000).toISOString().replace('Z', '000Z');
    assert.deepEqual(patched.at(-1), { name: made[0]?.metadata.name, patch: { series: { count: 300, lastObservedTime } } });
    assert.equal(clock.sleeping, 0);
  });

  test('sends what repeated before it was first sent as a series', async () => {
    const { recorder, clock, made, patched } = setUp();
    for (let index = 0; index < 2; index++) recorder.record(notice(`other-${index}`));
    for (let index = 0; index < 3; index++) recorder.record(notice('u1'));
    await clock.advance(0);
    await clock.advance(0);
    assert.equal(made.find(({ regarding }) => regarding.uid === 'u1')?.series?.count, 3);
    await clock.advance(120_000);
    assert.equal(patched.length, 0, 'all of it was said at once');
  });

  test('makes a new event of what comes again after ten minutes', async () => {
    const { recorder, clock, made, patched } = setUp();
    recorder.record(notice('u1'));
    await clock.advance(599_999);
    recorder.record(notice('u1'));
    await clock.advance(600_000);
    recorder.record(notice('u1'));
    await clock.advance(100_000);
    assert.equal(made.length, 2);
    assert.equal(patched.length, 1);
  });

  test('makes the event again where the API server has forgotten it', async () => {
    const { recorder, clock, made, server } = setUp();
    recorder.record(notice('u1'));
    await clock.advance(60_000);
    server.error = new KubeApiError('NotFound', 404, 'gone');
    recorder.record(notice('u1'));
    await clock.advance(0);
    server.error = undefined;
    recorder.record(notice('u1'));
    await clock.advance(70_000);
    assert.equal(made.length, 2);
    assert.equal(made[1]?.series?.count, 3);
  });

  test('keeps to its rate', async () => {
    const { recorder, clock, made } = setUp();
    for (let index = 0; index < 400; index++) recorder.record(notice(`u${index}`));
    for (let turn = 0; turn < 100; turn++) await clock.advance(0);
    assert.equal(made.length, 100);
    for (let tick = 0; tick < 10; tick++) await clock.advance(100);
    assert.ok(made.length >= 148 && made.length <= 151, `${made.length} after a second`);
  });

  test('drops what does not fit into its queue, and what says that all is well before a Warning', async () => {
    const { recorder, clock, server, made, logged } = setUp();
    const gate = Promise.withResolvers<void>();
    server.gate = gate.promise;
    for (let index = 0; index < 2000; index++) recorder.record(notice(`u${index}`));
    for (let index = 0; index < 10; index++) recorder.record(notice(`w${index}`, { type: 'Warning' }));
    assert.equal(recorder.pending(), 1002, '1000 wait and 2 are on their way');
    gate.resolve();
    for (let tick = 0; tick < 2000 && recorder.pending() > 0; tick++) await clock.advance(20);
    assert.equal(made.length, 1002);
    assert.equal(made.filter(({ type }) => type === 'Warning').length, 10);
    assert.equal(logged.length, 1, 'said once');
  });

  test('outlives errors, which it logs at most once a minute', async () => {
    const { recorder, clock, server, made, logged } = setUp();
    server.error = new KubeApiError('Forbidden', 403, 'create events: no right');
    for (let second = 0; second < 130; second++) {
      recorder.record(notice(`u${second}`));
      await clock.advance(1000);
    }
    assert.deepEqual(
      logged.map(({ level, failed }) => [level, failed]),
      [
        [20, 1],
        [20, 60],
        [20, 60],
      ],
    );
    server.error = undefined;
    recorder.record(notice('last'));
    await clock.advance(0);
    assert.equal(made.length, 1);
  });

  for (const error of [
    new KubeApiError('NotFound', 404, 'namespaces "shop" not found'),
    new KubeApiError('Forbidden', 403, 'unable to create new content in namespace shop because it is being terminated'),
  ]) {
    test(`says nothing of a namespace that goes away (${error.code})`, async () => {
      const { recorder, clock, server, logged } = setUp();
      server.error = error;
      recorder.record(notice('u1'));
      await clock.advance(1000);
      assert.deepEqual(logged, []);
    });
  }

  test('sends what waits when it is stopped, repetitions included, and takes no more', async () => {
    const { recorder, clock, made, patched } = setUp();
    recorder.record(notice('u1'));
    await clock.advance(1000);
    recorder.record(notice('u1'));
    recorder.record(notice('u2'));
    await recorder.stop(new AbortController().signal);
    assert.equal(made.length, 2);
    assert.equal(patched.length, 1);
    recorder.record(notice('u3'));
    await clock.advance(60_000);
    assert.equal(made.length, 2);
    assert.equal(clock.sleeping, 0);
  });

  test('leaves behind what its rate does not let through in time when it is stopped', async () => {
    const { recorder, clock, made } = setUp();
    for (let index = 0; index < 400; index++) recorder.record(notice(`u${index}`));
    const limit = new AbortController();
    const stopped = recorder.stop(limit.signal);
    for (let turn = 0; turn < 50; turn++) await clock.advance(0);
    limit.abort();
    await stopped;
    await clock.advance(60_000);
    assert.equal(made.length, 100);
    assert.equal(recorder.pending(), 0);
  });

  test('does not wait for an API server that does not answer', async () => {
    const { recorder, clock, server } = setUp();
    server.gate = new Promise(() => undefined);
    for (let index = 0; index < 10; index++) recorder.record(notice(`u${index}`));
    const limit = new AbortController();
    const stopped = recorder.stop(limit.signal);
    await clock.advance(1000);
    limit.abort();
    await stopped;
  });
});
