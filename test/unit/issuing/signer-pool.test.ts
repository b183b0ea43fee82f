import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settle } from '../kube/support/fake-clock.ts';
import { createPoolWorld } from './support/pool-world.ts';

const problem = { code: 'AuthError', message: 'refused' };

describe('the signer pool', () => {
  test('has no signer for an issuer that was not opened, was not checked, or was retired: its requests queue', () => {
    const { pool, got, lease, wokenNow } = createPoolWorld();
    assert.equal(pool.acquire('other', 'a').got, 'queued');
    pool.install('other', 'hash', lease('z').signer, {
      retry: { budgetMs: 0, minDelayMs: 1, maxDelayMs: 1 },
      maxInFlight: 1,
      strict: false,
      policy: { allowSystemMasters: false },
    });
    assert.equal(pool.acquire('other', 'b').got, 'queued');
    pool.checkPassed('other');
    assert.deepEqual(wokenNow(), ['a', 'b']);
    assert.equal(pool.acquire('other', 'a').got, 'signer');
    pool.retire('uid');
    assert.equal(got('a'), 'queued');
    assert.equal(pool.signerFor('uid', 'first'), undefined);
  });

  test('takes on other limits without another signer, and keeps the bucket where the rate is the same', () => {
    const { pool, lease, got } = createPoolWorld({ rate: { requests: 1, perMs: 1000, burst: 1 } });
    const { limits } = lease('a');
    assert.equal(got('b'), 'queued');
    pool.limit('uid', { ...limits, maxInFlight: 9 });
    assert.equal(got('b'), 'queued');
    pool.limit('uid', { ...limits, rate: { requests: 2, perMs: 1000, burst: 2 } });
    assert.equal(got('b'), 'signer');
  });

  test('gives the signer to as many requests as may be in flight, and wakes the next ones in their order', () => {
    const { pool, lease, got, wokenNow } = createPoolWorld();
    const [a, b] = [lease('a'), lease('b')];
    assert.deepEqual([got('c'), got('d'), got('c')], ['queued', 'queued', 'queued']);
    assert.equal(pool.loadOf('uid').inFlight, 2);
    a.release();
    assert.deepEqual(wokenNow(), ['c']);
    const c = lease('c');
    b.release();
    assert.deepEqual(wokenNow(), ['d']);
    lease('d').release();
    c.release();
    assert.deepEqual(wokenNow(), []);
    assert.equal(pool.loadOf('uid').inFlight, 0);
  });

  test('wakes the next one when the one it woke did not come, say because it was deleted', () => {
    const { pool, lease, got, wokenNow } = createPoolWorld({ maxInFlight: 1 });
    const a = lease('a');
    assert.deepEqual([got('gone'), got('c')], ['queued', 'queued']);
    a.release();
    assert.deepEqual(wokenNow(), ['gone']);
    pool.leave('gone');
    assert.deepEqual(wokenNow(), ['c']);
    lease('c');
    pool.leave('c');
    assert.deepEqual(wokenNow(), []);
  });

  test('does not wake anybody because a request left that nobody had woken', () => {
    const { pool, lease, got, wokenNow } = createPoolWorld({ maxInFlight: 1 });
    lease('a');
    got('b');
    pool.leave('a');
    pool.leave('c');
    assert.deepEqual(wokenNow(), []);
  });

  test('forgets that a request is queued when it got the signer by itself', () => {
    const { lease, got, wokenNow } = createPoolWorld({ maxInFlight: 1 });
    const a = lease('a');
    got('b');
    a.release();
    wokenNow();
    const b = lease('b');
    b.release();
    assert.deepEqual(wokenNow(), []);
  });

  test('wakes nobody for a request that is gone, and the next one in its place', () => {
    const { pool, lease, got, wokenNow } = createPoolWorld({ maxInFlight: 1 });
    const a = lease('a');
    for (const key of ['b', 'c']) got(key);
    pool.forgetRequest('b');
    a.release();
    assert.deepEqual(wokenNow(), ['c']);
    pool.forgetRequest('c');
    assert.deepEqual(wokenNow(), []);
  });

  test('lets one request at a time through a half-open circuit, until one works', () => {
    const { pool, lease, got, wokenNow } = createPoolWorld();
    const circuit = pool.circuitOf('uid');
    circuit.trip(problem, 0);
    assert.equal(got('a'), 'queued');
    circuit.checkPassed();
    const probe = lease('b');
    assert.equal(probe.circuit, circuit);
    assert.deepEqual([got('a'), got('c')], ['queued', 'queued']);
    wokenNow();
    probe.release();
    assert.deepEqual(wokenNow(), ['a']);
    const second = lease('a');
    assert.deepEqual([got('b'), got('c')], ['queued', 'queued']);
    wokenNow();
    assert.ok(second.circuit.worked());
    pool.wakeWaiting('uid');
    assert.deepEqual(wokenNow(), ['b', 'c']);
    lease('c');
  });

  test('keeps a circuit open for those who wait when a request ends that was in flight before', () => {
    const { pool, lease, got, wokenNow } = createPoolWorld();
    const [a, b] = [lease('a'), lease('b')];
    pool.circuitOf('uid').trip(problem, 0);
    a.release();
    assert.equal(got('c'), 'queued');
    b.release();
    assert.deepEqual(wokenNow(), ['c']);
    assert.equal(got('c'), 'queued');
  });

  test('closes a signer that is retired only when its last request has ended, once', async () => {
    const { pool, lease, closed } = createPoolWorld();
    const [a, b] = [lease('a'), lease('b')];
    pool.retire('uid');
    pool.retire('uid');
    a.release();
    assert.deepEqual(closed, []);
    b.release();
    assert.deepEqual(closed, ['first']);
    await pool.close();
    assert.deepEqual(closed, ['first']);
  });

  test('replaces a signer at once for new requests, while the old one ends its own', () => {
    const { pool, lease, install, closed } = createPoolWorld();
    const old = lease('a');
    install('second');
    assert.notEqual(pool.signerFor('uid', 'second'), undefined);
    assert.notEqual(lease('b').signer, old.signer);
    assert.deepEqual(closed, []);
    old.release();
    assert.deepEqual(closed, ['first']);
  });

  test('closes the circuit with a new signer: what broke the old one is changed', () => {
    const { pool, lease, install } = createPoolWorld();
    const old = lease('a');
    old.circuit.trip(problem, 0);
    install('second');
    assert.equal(pool.circuitOf('uid').open(), undefined);
    old.circuit.trip(problem, 0);
    lease('b');
  });

  test('wakes everybody who waits when the issuer is forgotten, and leaves no timer', async () => {
    const { pool, clock, lease, got, wokenNow, closed } = createPoolWorld({ rate: { requests: 1, perMs: 1000, burst: 1 } });
    lease('a').release();
    got('b');
    got('c');
    pool.forget('uid');
    assert.deepEqual(wokenNow(), ['b', 'c']);
    assert.deepEqual(closed, ['first']);
    await settle();
    assert.equal(clock.sleeping, 0);
  });

  test('waits at its end for the signers that are still closing, and tells which failed to', async () => {
    const { pool, install, closed, closeFailures } = createPoolWorld();
    const { promise, reject } = Promise.withResolvers<void>();
    install('second', {}, async () => await promise);
    let ended = false;
    const end = pool.close().then(() => {
      ended = true;
    });
    await settle();
    assert.equal(ended, false);
    reject(new Error('stuck'));
    await end;
    assert.deepEqual(closed, ['first', 'second']);
    assert.deepEqual(
      closeFailures.map((error) => (error as Error).message),
      ['stuck'],
    );
  });
});
