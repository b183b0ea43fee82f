import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { MockApiServer } from './mock-api-server.ts';
import { until, widget, widgets, type Widget } from './support/api-client.ts';
import { startReflector, type Running } from './support/start-reflector.ts';

async function synced(running: Running): Promise<void> {
  await running.reflector.synced;
  await until('a watch', () => running.opened() === 1);
}

/** Ends the watch when it has run for long enough not to count as a very short one, and waits for the next. */
async function cut(running: Running, how: Parameters<MockApiServer['cut']>[0]): Promise<void> {
  const before = running.opened();
  running.clock.pass(1000);
  running.server.cut(how);
  await until('the next watch', () => running.opened() > before);
}

describe('a reflector', () => {
  test('lists in pages and watches from there, with bookmarks and an end', async (t) => {
    const running = await startReflector(t, {
      prepare: (server) => {
        for (let each = 0; each < 250; each += 1) server.put(widgets, widget(`w${each}`, each));
      },
    });
    await synced(running);
    assert.equal(running.store.size, 250);
    assert.equal(running.store.get('default/w17')?.size, 17);
    const pages = running.lists().map(({ query }) => [query['limit'], query['continue']?.split('~')[0]]);
    assert.deepEqual(pages, [
      ['100', undefined],
      ['100', '1250'],
      ['100', '1250'],
    ]);
    const [watch] = running.watches();
    assert.deepEqual(watch?.query, {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '1250',
      timeoutSeconds: '360',
    });
  });

  test('follows what is made, changed and deleted', async (t) => {
    const running = await startReflector(t, { prepare: (server) => server.put(widgets, widget('a', 1)) });
    await synced(running);
    running.server.put(widgets, widget('b', 2));
    running.server.put(widgets, widget('a', 3));
    running.server.remove(widgets, widget('b').metadata);
    await until('all events', () => running.deltas.length === 4);
    assert.deepEqual(running.deltas, ['a + 1', 'b + 2', 'a = 3', 'b -']);
    assert.deepEqual(running.troubles, []);
  });

  for (const how of ['end', 'reset', 'half line'] as const) {
    test(`resumes after the last event when its watch is cut (${how}), and misses nothing`, async (t) => {
      const running = await startReflector(t, { prepare: (server) => server.put(widgets, widget('a', 1)) });
      await synced(running);
      const { metadata } = running.server.put(widgets, widget('a', 2));
      await until('the event', () => running.processed() === 1);
      running.server.cut(how);
      running.server.put(widgets, widget('a', 3));
      running.server.remove(widgets, widget('a').metadata);
      await until('what was missed', () => running.deltas.length === 4);
      assert.deepEqual(running.deltas.slice(2), ['a = 3', 'a -']);
      assert.equal(running.watches()[1]?.query['resourceVersion'], metadata.resourceVersion);
      assert.equal(running.lists().length, 1);
    });

    test(`resumes at the last bookmark when its watch is cut (${how})`, async (t) => {
      const running = await startReflector(t);
      await synced(running);
      const place = running.server.bookmark();
      await until('the bookmark', () => running.processed() === 1);
      await cut(running, how);
      assert.equal(running.watches()[1]?.query['resourceVersion'], place);
      await cut(running, how);
      assert.equal(running.watches()[2]?.query['resourceVersion'], place);
      assert.equal(running.lists().length, 1);
      // Neither is a repetition: the watch between them has worked.
      assert.deepEqual(running.clock.slept, how === 'reset' ? [600, 600] : []);
    });
  }

  test('tells an object made again under its name as gone and then as new', async (t) => {
    const running = await startReflector(t, { prepare: (server) => server.put(widgets, widget('a', 1, 'first')) });
    await synced(running);
    running.server.remove(widgets, widget('a').metadata);
    running.server.put(widgets, widget('a', 2, 'second'));
    await until('the events', () => running.deltas.length === 3);
    assert.deepEqual(running.deltas, ['a + 1', 'a -', 'a + 2']);
  });

  test('removes at the next list what was deleted while it was disconnected, and sees what was made again', async (t) => {
    const names = ['a', 'b', 'c'];
    const running = await startReflector(t, {
      prepare: (server) => names.forEach((name) => server.put(widgets, widget(name, 1, 'first'))),
    });
    await synced(running);
    running.server.cut('end');
    running.server.remove(widgets, widget('b').metadata);
    running.server.remove(widgets, widget('c').metadata);
    running.server.put(widgets, widget('c', 2, 'second'));
    running.server.compact();
    await until('the second list', () => running.lists().length === 2 && running.opened() === 3);
    assert.deepEqual(running.deltas.slice(3), ['a = 1', 'c -', 'c + 2', 'b -']);
    assert.deepEqual(
      [...running.store.values()],
      [
        { uid: 'first', size: 1 },
        { uid: 'second', size: 2 },
      ],
    );
  });

  test('holds nothing of what is of no interest', async (t) => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const heap = (): number => {
      gc();
      return process.memoryUsage().heapUsed;
    };
    let seen = 0;
    let before = 0;
    const running = await startReflector(t, {
      project: () => void (seen += 1),
      prepare: (server) => {
        for (let each = 0; each < 2000; each += 1) {
          const large: Widget = { ...widget(`w${each}`), spec: { size: each, text: randomBytes(2048).toString('hex') } };
          server.put(widgets, large);
        }
        before = heap();
      },
    });
    await synced(running);
    assert.equal(seen, 2000);
    assert.equal(running.store.size, 0);
    const grown = heap() - before;
    assert.ok(grown < 3_000_000, `${grown} bytes are held of 8 MB that were listed`);
  });

  test('leaves aside an object that cannot be processed, says so, and sees all others', async (t) => {
    const running = await startReflector(t, {
      project: ({ metadata, spec }) => {
        if (spec?.size === 13) throw new TypeError('cannot be read');
        return { uid: metadata.uid ?? '', size: spec?.size ?? 0 };
      },
      prepare: (server) => [13, 1].forEach((size) => server.put(widgets, widget(`w${size}`, size))),
    });
    await synced(running);
    running.server.put(widgets, widget('w1', 13));
    running.server.put(widgets, widget('w2', 2));
    await until('the last event', () => running.store.size === 2);
    assert.deepEqual(running.deltas, ['w1 + 1', 'w2 + 2']);
    assert.deepEqual(running.troubles, []);
    const errors = running.lines.filter(({ level }) => level === 50);
    assert.deepEqual(
      errors.map(({ key }) => key),
      ['default/w13', 'default/w1'],
    );
  });
});
