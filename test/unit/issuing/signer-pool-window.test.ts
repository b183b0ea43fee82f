import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPoolWorld } from './support/pool-world.ts';

describe('the signer pool, for a CA that gives no answer in time', () => {
  test('holds ever fewer requests, and wakes nobody for whom there is no room', () => {
    const { lease, got, wokenNow } = createPoolWorld({ maxInFlight: 4 });
    const [a, b, c, d] = [lease('a'), lease('b'), lease('c'), lease('d')];
    for (const key of ['e', 'f']) assert.equal(got(key), 'queued');
    a.report('timeout');
    a.release();
    assert.deepEqual([wokenNow(), got('e')], [[], 'queued']);
    b.report('timeout');
    b.release();
    c.release();
    assert.deepEqual(wokenNow(), []);
    d.release();
    assert.deepEqual(wokenNow(), ['e']);
    lease('e');
    assert.deepEqual([wokenNow(), got('f')], [[], 'queued']);
  });

  test('lets all come again, each waking the next, when it answers', () => {
    const { lease, got, wokenNow } = createPoolWorld({ maxInFlight: 4 });
    const first = lease('a');
    for (let count = 0; count < 3; count += 1) first.report('timeout');
    for (const key of ['b', 'c', 'd']) assert.equal(got(key), 'queued');
    first.report('answered');
    first.release();
    assert.deepEqual(wokenNow(), ['b']);
    const second = lease('b');
    assert.deepEqual(wokenNow(), ['c']);
    lease('c');
    assert.deepEqual(wokenNow(), []);
    second.report('answered');
    second.release();
    assert.deepEqual(wokenNow(), ['d']);
  });

  test('begins anew with another signer: what one was too slow for says nothing of the next', () => {
    const { lease, got, install, wokenNow } = createPoolWorld({ maxInFlight: 2 });
    const old = lease('a');
    old.report('timeout');
    assert.equal(got('b'), 'queued');
    install('second');
    assert.deepEqual(wokenNow(), ['b']);
    lease('b');
    lease('c');
    old.report('timeout');
    assert.equal(got('d'), 'queued');
    old.release();
    assert.deepEqual(wokenNow(), ['d']);
  });

  test('follows another limit of the issuer', () => {
    const { pool, lease, got } = createPoolWorld({ maxInFlight: 4 });
    const first = lease('a');
    first.report('timeout');
    pool.limit('uid', { ...first.limits, maxInFlight: 6 });
    assert.deepEqual(['b', 'c', 'd'].map(got), ['signer', 'signer', 'queued']);
  });
});
