import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { durationPattern, formatDuration, parseDuration, parseGoDuration } from '../../../src/lib/duration.ts';

describe('a duration as text', () => {
  const read: readonly (readonly [string, number])[] = [
    ['0s', 0],
    ['350ms', 350],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['2160h0m0s', 2160 * 3_600_000],
    ['1h2m3s4ms', 3_723_004],
    ['90d', 90 * 86_400_000],
    ['2w', 14 * 86_400_000],
  ];
  for (const [text, ms] of read) test(`${text} is read`, () => assert.deepEqual(parseDuration(text), { ok: true, value: ms }));

  const refused = ['', '5', 'h', '-1h', '1 h', '1h ', ' 1h', '1h\n', '.5h', '1.h', '1.5.5h', '1y', '1H', '1e3s', '٣h', '1h30'];
  for (const text of refused) {
    test(`${JSON.stringify(text)} is refused with a message that says how to write one`, () => {
      const parsed = parseDuration(text);
      assert.ok(!parsed.ok && /is not a duration; write it as 30s/.test(parsed.error));
    });
  }

  test('that is beyond all numbers is refused, and shortened in the message', () => {
    const parsed = parseDuration(`${'9'.repeat(400)}h`);
    assert.ok(!parsed.ok && parsed.error.length < 100 && /too long/.test(parsed.error));
  });

  test('of hostile length is judged at once', () => {
    const started = performance.now();
    for (const text of ['1'.repeat(200_000), '1s'.repeat(100_000), `${'1ms'.repeat(100_000)}!`, `${'1'.repeat(200_000)}.`]) {
      parseDuration(text);
      parseGoDuration(text);
    }
    assert.ok(performance.now() - started < 1000);
  });

  const written: readonly (readonly [number, string])[] = [
    [0, '0ms'],
    [350, '350ms'],
    [999.7, '1s'],
    [1499, '1s'],
    [59_999, '1m'],
    [125_000, '2m5s'],
    [7_500_000, '2h5m'],
    [7_503_000, '2h5m'],
    [86_400_000, '1d'],
    [86_405_000, '1d5s'],
    [90 * 86_400_000, '90d'],
  ];
  for (const [ms, text] of written) test(`${ms} ms are written as ${text}`, () => assert.equal(formatDuration(ms), text));

  test('is one that the pattern allows and that is read as about the same time', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400 * 86_400_000 }), (ms) => {
        const text = formatDuration(ms);
        const parsed = parseDuration(text);
        assert.match(text, new RegExp(durationPattern));
        assert.ok(parsed.ok && Math.abs(parsed.value - ms) <= Math.max(500, ms / 24));
      }),
    );
  });
});

describe("a duration in Go's full notation", () => {
  const read: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['+0', 0],
    ['.5h', 1_800_000],
    ['1.h', 3_600_000],
    ['+1h', 3_600_000],
    ['-1h30m', -5_400_000],
    ['100us', 0.1],
    ['100µs', 0.1],
    ['100μs', 0.1],
    ['1000ns', 0.001],
    ['2160h0m0s', 2160 * 3_600_000],
    ['90d', 90 * 86_400_000],
  ];
  for (const [text, ms] of read) {
    test(`${text} is read`, () => {
      const parsed = parseGoDuration(text);
      assert.ok(parsed.ok && Math.abs(parsed.value - ms) < 1e-9);
    });
  }

  for (const text of ['', '+', '5', '.h', '.', '1..h', '--1h', '1h-1m', '1 h', '1h\n', '1y', '1H', '٣h', '0h1']) {
    test(`${JSON.stringify(text)} is refused`, () => assert.ok(!parseGoDuration(text).ok));
  }

  test('that is beyond all numbers is refused', () => assert.ok(!parseGoDuration(`${'9'.repeat(400)}h`).ok));
});
