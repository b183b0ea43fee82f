import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { backoffDelay } from '../../../src/lib/backoff.ts';

describe('a backoff', () => {
  const policy = { baseMs: 100, maxMs: 3000 };
  const cases: readonly (readonly [failures: number, least: number, most: number])[] = [
    [0, 50, 100],
    [1, 50, 100],
    [2, 100, 200],
    [5, 800, 1600],
    [6, 1500, 3000],
    [1000, 1500, 3000],
    [Number.MAX_SAFE_INTEGER, 1500, 3000],
  ];
  for (const [failures, least, most] of cases) {
    test(`after ${failures} failures is ${least} to ${most} ms`, () => {
      assert.equal(backoffDelay(policy, failures, 0), least);
      assert.equal(backoffDelay(policy, failures, 1), most);
    });
  }

  test('is never nothing, never over its limit, and never shorter after one failure more', () => {
    const ms = fc.integer({ min: 1, max: 10_000_000 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(ms, ms, fc.nat(), random, (baseMs, maxMs, failures, chance) => {
        const delay = backoffDelay({ baseMs, maxMs }, failures, chance);
        assert.ok(delay > 0 && delay <= maxMs);
        assert.ok(backoffDelay({ baseMs, maxMs }, failures + 1, chance) >= delay);
      }),
    );
  });
});
