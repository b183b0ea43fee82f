import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { createReflector } from '../../../src/kube/reflector.ts';
import { widgets } from './support/api-client.ts';

/** How a watch of an imitated API server goes: it is up for so long, or never is, and ends with this error. */
interface Watch {
  readonly upMs?: number;
  readonly code: 'Unreachable' | 'Expired';
}

/** The pauses, in milliseconds, that a reflector makes while its watches end as given; lists always succeed. */
async function pausesOf(watches: readonly Watch[]): Promise<readonly number[]> {
  let now = 0;
  const pauses: number[] = [];
  const stop = new AbortController();
  const rest = watches.values();
  const watch: KubeClient['watch'] = async function* watch(_resource, { onOpen }) {
    const { upMs, code } = rest.next().value ?? { code: 'Unreachable' };
    if (upMs !== undefined) {
      onOpen?.();
      now += upMs;
    }
    yield* [];
    throw new KubeApiError(code, code === 'Expired' ? 410 : 0, code);
  };
  const clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms: number) {
      await Promise.resolve();
      now += ms;
      if (pauses.push(ms) === watches.length) stop.abort();
    },
  };
  const list: KubeClient['list'] = async () => await Promise.resolve({ metadata: { resourceVersion: '1' }, items: [] });
  const sink = { upsert: () => undefined, remove: () => undefined, keys: () => [] };
  const deps = { client: { list, watch }, clock, random: () => 1, log: pino({ level: 'silent' }) };
  await createReflector(widgets, {}, sink, deps).run(stop.signal);
  return pauses;
}

describe('the pauses of a reflector', () => {
  const cases: readonly (readonly [string, readonly Watch[], readonly number[]])[] = [
    ['grow while no watch begins', Array.from({ length: 4 }, () => ({ code: 'Unreachable' })), [800, 1600, 3200, 6400]],
    [
      'grow while each watch breaks at once',
      Array.from({ length: 3 }, () => ({ upMs: 500, code: 'Unreachable' })),
      [800, 1600, 3200],
    ],
    [
      'stay short while quiet watches break after some time',
      Array.from({ length: 3 }, () => ({ upMs: 30_000, code: 'Unreachable' })),
      [800, 800, 800],
    ],
    [
      'are short once the server is back, though it has forgotten the place',
      [{ code: 'Unreachable' }, { code: 'Unreachable' }, { code: 'Unreachable' }, { code: 'Expired' }],
      [800, 1600, 3200, 800],
    ],
    [
      'grow where the server forgets what it has just listed',
      Array.from({ length: 3 }, () => ({ code: 'Expired' })),
      [800, 1600, 3200],
    ],
  ];
  for (const [what, watches, expected] of cases) {
    test(what, async () => {
      assert.deepEqual(await pausesOf(watches), expected);
    });
  }
});
