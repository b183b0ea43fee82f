import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import { withDeadline } from '../../../src/lib/deadline.ts';

const never = async (): Promise<never> => await new Promise(() => undefined);

describe('the clock of the machine', () => {
  test('sleeps for the time asked for', async () => {
    const started = systemClock.monotonic();
    await systemClock.sleep(20);
    assert.ok(systemClock.monotonic() - started >= 19);
    await systemClock.sleep(0);
  });

  test('does not end a sleep at once that is longer than a timer can be', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(2 ** 40, stop.signal).then(
      () => 'slept',
      () => 'was stopped',
    );
    await systemClock.sleep(20);
    stop.abort();
    assert.equal(await sleeping, 'was stopped');
  });

  test('ends a sleep with the reason of its signal', async () => {
    const reason = new Error('enough');
    await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(reason)), (error) => error === reason);
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(reason);
    await assert.rejects(sleeping, (error) => error === reason);
  });
});

describe('a deadline', () => {
  test('gives what the work gives, or its error', async () => {
    assert.equal(await withDeadline(systemClock, 1000, async () => 7), 7);
    await assert.rejects(
      withDeadline(systemClock, 1000, async () => await Promise.reject(new Error('broken'))),
      /broken/,
    );
  });

  test('ends work that takes too long, even where that does not heed its signal', async () => {
    const signals: AbortSignal[] = [];
    const work = async (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return await never();
    };
    await assert.rejects(withDeadline(systemClock, 10, work), /no answer within 10 ms/);
    assert.equal(signals[0]?.aborted, true);
  });

  test('ends work with the reason of the signal, on which it leaves nothing', async () => {
    const stop = new AbortController();
    await withDeadline(systemClock, 1000, async () => undefined, stop.signal);
    const reason = new Error('enough');
    const working = withDeadline(systemClock, 60_000, never, stop.signal);
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
    stop.abort(reason);
    await assert.rejects(working, (error) => error === reason);
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    await assert.rejects(withDeadline(systemClock, 60_000, never, stop.signal), (error) => error === reason);
  });
});
