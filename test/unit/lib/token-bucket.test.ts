import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createTokenBucket } from '../../../src/lib/token-bucket.ts';

describe('a token bucket', () => {
  test('lets a burst go at once, then says when the next call may go', () => {
    const delayOf = createTokenBucket({ requests: 2, perMs: 1000, burst: 3 });
    assert.deepEqual([delayOf(50), delayOf(50), delayOf(50), delayOf(50)], [0, 0, 0, 500]);
    assert.equal(delayOf(300), 250);
    assert.equal(delayOf(550), 0);
    assert.equal(delayOf(550), 500);
  });

  test('saves no more than a burst in a quiet time', () => {
    const delayOf = createTokenBucket({ requests: 10, perMs: 1000, burst: 2 });
    delayOf(0);
    assert.deepEqual([delayOf(3_600_000), delayOf(3_600_000), delayOf(3_600_000)], [0, 0, 100]);
  });

  test('lets nobody wait a further millisecond for a rounding error who comes when it said', () => {
    const delayOf = createTokenBucket({ requests: 1, perMs: 19_165_481, burst: 4 });
    let now = 0;
    for (const pause of [0, 19_013, 44_155, 37_530, 82_112]) {
      now += pause;
      const wait = delayOf(now);
      if (wait === 0) continue;
      now += wait;
      assert.equal(delayOf(now), 0);
    }
  });

  test('keeps the rate whatever the times it is asked at, and lets nobody wait who comes when it said', () => {
    const rates = fc.record({
      requests: fc.integer({ min: 1, max: 1000 }),
      perMs: fc.integer({ min: 1000, max: 86_400_000 }),
      burst: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(rates, fc.array(fc.nat(100_000), { maxLength: 100 }), (rate, pauses) => {
        const delayOf = createTokenBucket(rate);
        let now = 0;
        let passed = 0;
        for (const pause of pauses) {
          now += pause;
          const wait = delayOf(now);
          if (wait > 0) {
            now += wait;
            assert.equal(delayOf(now), 0);
          }
          passed += 1;
        }
        assert.ok(passed <= rate.burst + (now * rate.requests) / rate.perMs + 1e-6);
      }),
      { numRuns: 300 },
    );
  });
});
