import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { events, expired, isList, isWatch, status, type Answer } from './mock-api-server.ts';
import { until, widget, widgets } from './support/api-client.ts';
import { startReflector } from './support/start-reflector.ts';

const badRequest = events({ type: 'ERROR', object: { code: 400, reason: 'BadRequest' } });

describe('a reflector tells of each complete list', () => {
  test('when its sink holds what the list showed, and not of one that broke off', async (t) => {
    const held: string[][] = [];
    const running = await startReflector(t, {
      reflection: { onListed: () => void held.push([...running.store.values()].map(({ uid }) => uid)) },
      prepare: (server) => {
        for (let each = 0; each < 101; each += 1) server.put(widgets, widget(`w${each}`, 1, `uid-${each}`));
        server.script(({ query }) => query['continue'] !== undefined, status(500, 'InternalError'));
      },
    });
    await until('a watch', () => running.opened() === 1);
    assert.deepEqual([running.lists().length, held.length, held[0]?.length], [4, 1, 101]);
    running.server.script(isWatch, (response, request) => {
      for (let each = 1; each < 101; each += 1) running.server.remove(widgets, widget(`w${each}`).metadata);
      events(expired)(response, request);
    });
    running.clock.pass(1000);
    running.server.cut('end');
    await until('the next list', () => held.length === 2);
    assert.deepEqual(held[1], ['uid-0']);
  });
});

describe('a reflector whose selector is optional', () => {
  const refusals: readonly (readonly [string, 'list' | 'watch', Answer])[] = [
    ['list is refused', 'list', status(400, 'BadRequest')],
    ['watch is refused', 'watch', status(400, 'BadRequest')],
    ['watch is ended so', 'watch', badRequest],
  ];
  for (const [what, where, answer] of refusals) {
    test(`lists and watches all from then on where its ${what} with 400, at once`, async (t) => {
      const running = await startReflector(t, {
        fieldSelector: 'spec.size=1',
        reflection: { fallback: {} },
        prepare: (server) => {
          server.put(widgets, widget('a'));
          server.script(where === 'list' ? isList : isWatch, answer);
        },
      });
      await until('a watch', () => running.watches().at(-1)?.query['fieldSelector'] === undefined && running.opened() > 0);
      const selectors = running.lists().map(({ query }) => query['fieldSelector']);
      assert.deepEqual(selectors, ['spec.size=1', undefined]);
      assert.deepEqual([running.troubles, running.clock.slept], [[], []]);
      assert.equal(running.store.size, 1);
    });
  }

  test('takes a second 400 for a trouble like any other', async (t) => {
    const running = await startReflector(t, {
      fieldSelector: 'spec.size=1',
      reflection: { fallback: {} },
      prepare: (server) => server.script(isList, status(400, 'BadRequest'), 2),
    });
    await running.reflector.synced;
    assert.deepEqual(
      running.troubles.map((trouble) => trouble.status),
      [400],
    );
  });

  test('keeps it where there is nothing, or no answer', async (t) => {
    const running = await startReflector(t, {
      fieldSelector: 'spec.size=1',
      reflection: { fallback: {} },
      prepare: (server) => {
        for (const code of [404, 403, 503]) server.script(isList, status(code, 'Refused'));
      },
    });
    await running.reflector.synced;
    assert.deepEqual(new Set(running.lists().map(({ query }) => query['fieldSelector'])), new Set(['spec.size=1']));
    assert.equal(running.troubles.length, 3);
  });
});
