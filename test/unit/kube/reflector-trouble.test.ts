import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createReflector } from '../../../src/kube/reflector.ts';
import { createStore } from '../../../src/kube/store.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { events, expired, isList, isWatch, status, type Answer, type MockApiServer } from './mock-api-server.ts';
import { createMemoryLog, startSetting, until, widget, widgets } from './support/api-client.ts';
import { startReflector, viewOf, type Running } from './support/start-reflector.ts';

const never: Answer = () => undefined;
const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '1001' } } };

/** Waits until the store follows the server again. */
async function follows(running: Running): Promise<void> {
  await until('a watch that lasts', () => running.server.openWatches === 1);
  running.server.put(widgets, widget('proof', 1));
  await until('the reflector to follow', () => running.store.get('default/proof') !== undefined);
}

describe('a reflector recovers', { concurrency: true }, () => {
  const places: readonly (readonly [string, (server: MockApiServer) => void, readonly string[]])[] = [
    ['from 410 in the stream', (server) => server.script(isWatch, events(expired)), ['Expired']],
    ['from 410 as the answer', (server) => server.script(isWatch, status(410, 'Gone')), ['Expired']],
    [
      'from 410 on a page',
      (server) => server.script(({ query }) => query['continue'] !== undefined, status(410, 'Expired')),
      ['Expired'],
    ],
  ];
  for (const [name, script, codes] of places) {
    test(`${name} by a new list`, async (t) => {
      const running = await startReflector(t, {
        prepare: (server) => {
          for (let each = 0; each < 150; each += 1) server.put(widgets, widget(`w${each}`));
          script(server);
        },
      });
      await follows(running);
      assert.deepEqual(
        running.troubles.map(({ code }) => code),
        codes,
      );
      assert.equal(running.store.size, 151);
      const firstPages = running.lists().filter(({ query }) => query['continue'] === undefined);
      assert.equal(firstPages.length, 2);
    });
  }

  const interruptions: readonly (readonly [string, Answer, number])[] = [
    ['500', status(500, 'InternalError'), 4],
    ['a closed connection', (response) => response.destroy(), 4],
    ['half a line', (response) => void response.end('{"type":"ADDED","obj'), 1],
    ['what is no event', (response) => void response.end('<html>\n'), 4],
    ['an error in the stream', events({ type: 'ERROR', object: { code: 500, reason: 'InternalError' } }), 4],
  ];
  for (const [name, answer, times] of interruptions) {
    test(`from ${name} on ${times} watches, without a list and with growing pauses`, async (t) => {
      const running = await startReflector(t, { prepare: (server) => server.script(isWatch, answer, times) });
      await follows(running);
      assert.equal(running.lists().length, 1);
      assert.equal(running.watches().length, times + 1);
      assert.deepEqual(running.clock.slept, [600, 1200, 2400, 4800].slice(0, times));
    });
  }

  test('with short pauses again after a watch that brought something', async (t) => {
    const failure = status(500, 'InternalError');
    const running = await startReflector(t, { prepare: (server) => server.script(isWatch, failure, 2) });
    await follows(running);
    running.server.script(isWatch, failure, 2);
    running.server.cut('reset');
    await until('the next watch', () => running.watches().length === 6 && running.server.openWatches === 1);
    assert.deepEqual(running.clock.slept, [600, 1200, 600, 1200, 2400]);
    assert.equal(running.lines.filter(({ level }) => level === 40).length, 2);
  });

  test('with short pauses again after a watch that was quiet and ended in time', async (t) => {
    const failure = status(500, 'InternalError');
    const running = await startReflector(t, { prepare: (server) => server.script(isWatch, failure, 2) });
    await until('a watch', () => running.opened() === 1);
    running.clock.pass(1000);
    running.server.script(isWatch, failure);
    running.server.cut('end');
    await until('the next watch', () => running.opened() === 2);
    assert.deepEqual(running.clock.slept, [600, 1200, 600]);
  });

  test('from 410 after an outage without the pause of the outage', async (t) => {
    const running = await startReflector(t, {
      prepare: (server) => {
        server.script(isWatch, status(503, 'Unavailable'), 3);
        server.script(isWatch, events(expired));
      },
    });
    await follows(running);
    assert.deepEqual(running.clock.slept, [600, 1200, 2400, 600]);
    assert.equal(running.lists().length, 2);
  });

  const told: readonly (readonly [string, Answer])[] = [
    ['429', status(429, 'TooManyRequests', { 'retry-after': '7' })],
    ['an error in the stream', events({ type: 'ERROR', object: { code: 429, details: { retryAfterSeconds: 7 } } })],
  ];
  for (const [name, answer] of told) {
    test(`from ${name} when the time is over that the server asked for`, async (t) => {
      const running = await startReflector(t, { prepare: (server) => server.script(isWatch, answer) });
      await follows(running);
      assert.deepEqual(running.clock.slept, [7000]);
    });
  }

  test('from lists that fail; only when one is complete it is synced', async (t) => {
    const running = await startReflector(t, {
      prepare: (server) => {
        for (let each = 0; each < 150; each += 1) server.put(widgets, widget(`w${each}`));
        server.script(isList, status(403, 'Forbidden'), 3);
        server.script(({ query }) => query['continue'] !== undefined, status(500, 'InternalError'));
      },
    });
    let synced = false;
    void running.reflector.synced.then(() => (synced = true));
    await until('all failures', () => running.troubles.length === 4);
    assert.equal(synced, false);
    await running.reflector.synced;
    assert.equal(running.store.size, 150);
    const warnings = running.lines.filter(({ level }) => level === 40).map(({ error }) => error);
    assert.deepEqual(warnings, ['list widgets: the mock says Forbidden', 'list widgets: the mock says InternalError']);
  });

  test('from answers that are no list, and keeps what it has', async (t) => {
    const running = await startReflector(t, { prepare: (server) => server.put(widgets, widget('a')) });
    await running.reflector.synced;
    for (const body of ['{}', '{"metadata":{},"items":null}']) {
      running.server.script(isList, (response) => void response.end(body));
    }
    await until('a watch', () => running.server.openWatches === 1);
    running.server.script(isWatch, events(expired));
    running.server.cut('end');
    await follows(running);
    assert.equal(running.troubles.filter(({ code }) => code === 'Other').length, 2);
    assert.ok(running.deltas.includes('a = 1'));
  });

  test('from a page too large to be read by asking for smaller ones', async (t) => {
    const running = await startReflector(t, {
      prepare: (server) => {
        for (let each = 0; each < 12; each += 1) server.put(widgets, widget(`w${each}`));
        const large: Answer = (response) => void response.end(Buffer.alloc(17 * 1024 * 1024, ' '));
        server.script(({ query }) => Number(query['limit']) > 10, large, 2);
      },
    });
    await running.reflector.synced;
    assert.equal(running.store.size, 12);
    assert.deepEqual(running.troubles, []);
    const pages = running.lists().map(({ query }) => query['limit']);
    assert.deepEqual(pages, ['100', '25', '7', '7']);
  });

  test('from silence without a fuss, and lists again when a second watch stays silent', async (t) => {
    const running = await startReflector(t, {
      silenceMs: 60,
      prepare: (server, clock) => {
        const silent: Answer = (response) => {
          response.writeHead(200).flushHeaders();
          clock.pass(60_000);
        };
        server.script(isWatch, silent, 2);
      },
    });
    await follows(running);
    assert.deepEqual(running.troubles, []);
    assert.deepEqual([running.lists().length, running.clock.slept], [2, []]);
    assert.ok(running.watches().length >= 3);
  });
});

describe('a reflector does not spin', { concurrency: true }, () => {
  const endings: readonly (readonly [string, Answer])[] = [
    ['at once', events()],
    ['after a bookmark', events(bookmark)],
    ['after half a line', (response) => void response.end('{"ty')],
  ];
  for (const [name, answer] of endings) {
    test(`when every watch ends ${name}`, async (t) => {
      const running = await startReflector(t, { speed: 1, prepare: (server) => server.script(isWatch, answer, Infinity) });
      await delay(1300);
      assert.ok(running.watches().length >= 2 && running.watches().length <= 3, `${running.watches().length} watches in 1.3 s`);
    });
  }
});

describe('a reflector ends promptly', () => {
  const waits: readonly (readonly [string, (server: MockApiServer) => void, (running: Running) => boolean])[] = [
    ['in a silent stream', () => undefined, ({ server }) => server.openWatches === 1],
    ['while it waits for an answer', (server) => server.script(isList, never), ({ server }) => server.seen.length === 1],
    [
      'while it pauses after a failure',
      (server) => server.script(isList, status(503, 'Busy', { 'retry-after': '60' })),
      ({ clock }) => clock.slept.length === 1,
    ],
  ];
  for (const [name, prepare, reached] of waits) {
    test(name, async (t) => {
      const running = await startReflector(t, { speed: 1, prepare });
      await until(name, () => reached(running));
      const started = performance.now();
      running.stop();
      await running.ended;
      assert.ok(performance.now() - started < 1000);
      assert.ok(running.troubles.length <= 1);
    });
  }

  test('while it waits for credentials, and where it was told before it began', async (t) => {
    const { client } = await startSetting(t, { authorization: async () => await new Promise<never>(() => undefined) });
    const { log } = createMemoryLog();
    const store = createStore(viewOf, () => assert.fail('nothing is seen'));
    const reflector = createReflector(widgets, {}, store, { client, clock: systemClock, random: Math.random, log });
    await reflector.run(AbortSignal.abort());
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await reflector.run(stop.signal);
  });
});
