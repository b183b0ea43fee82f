import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPoolWorld } from './support/pool-world.ts';

describe('the signer pool', () => {
  test('keeps the rate of the CA, and wakes one request for each token', async () => {
    const { clock, lease, got, wokenNow } = createPoolWorld({ rate: { requests: 1, perMs: 1000, burst: 2 }, maxInFlight: 100 });
    lease('a').release();
    lease('b').release();
    for (const key of ['c', 'd', 'e']) assert.equal(got(key), 'queued');
    assert.equal(clock.sleeping, 1);
    await clock.advance(999);
    assert.deepEqual(wokenNow(), []);
    await clock.advance(1);
    assert.deepEqual(wokenNow(), ['c']);
    lease('c');
    assert.deepEqual(wokenNow(), ['d']);
    assert.equal(got('d'), 'queued');
    await clock.advance(1000);
    assert.equal(wokenNow().length, 1);
  });

  test('counts how often, and how long, the rate made requests wait, once for all that waited', async () => {
    const { pool, clock, lease, got } = createPoolWorld({ rate: { requests: 1, perMs: 1000, burst: 1 } });
    lease('a').release();
    assert.deepEqual(pool.loadOf('uid'), { inFlight: 0, pauses: 0, pausedMs: 0 });
    for (const key of ['b', 'c', 'd']) got(key);
    assert.deepEqual(pool.loadOf('uid'), { inFlight: 0, pauses: 1, pausedMs: 0 });
    await clock.advance(1000);
    assert.deepEqual(pool.loadOf('uid'), { inFlight: 0, pauses: 1, pausedMs: 1000 });
    lease('b');
    got('c');
    assert.deepEqual(pool.loadOf('uid'), { inFlight: 1, pauses: 2, pausedMs: 1000 });
    pool.forget('uid');
    assert.deepEqual(pool.loadOf('uid'), { inFlight: 0, pauses: 0, pausedMs: 0 });
  });

  test('gives a token that its request did not come for to the next one', async () => {
    const { pool, clock, lease, got, wokenNow } = createPoolWorld({ rate: { requests: 1, perMs: 1000, burst: 1 } });
    lease('a').release();
    got('gone');
    got('c');
    await clock.advance(1000);
    assert.deepEqual(wokenNow(), ['gone']);
    pool.leave('gone');
    assert.deepEqual(wokenNow(), ['c']);
    lease('c');
  });

  test('does not let a throttled request be the one that a half-open circuit waits for', () => {
    const { pool, lease, got } = createPoolWorld({ rate: { requests: 1, perMs: 1000, burst: 1 } });
    const circuit = pool.circuitOf('uid');
    lease('a').release();
    circuit.trip({ code: 'AuthError', message: 'refused' }, 0);
    circuit.checkPassed();
    assert.equal(got('b'), 'queued');
    assert.equal(circuit.admit('c'), true);
  });
});
