import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { err, ok, type Result } from '../../../../../src/lib/result.ts';
import type { AuthFailure } from '../../../../../src/signers/http-pki/auth/contract.ts';
import { createTokenCache, type FetchedToken, type FetchToken } from '../../../../../src/signers/http-pki/auth/token-cache.ts';
import { createFakeClock, settle } from '../../../kube/support/fake-clock.ts';

const busy: AuthFailure = { outcome: 'retry', code: 'CAUnavailable', message: 'busy' };
const { signal } = new AbortController();

interface Source {
  readonly fetch: FetchToken;
  readonly signals: readonly AbortSignal[];
  readonly fetched: () => number;
  /** While it is set, answers are what it comes to. */
  gate?: PromiseWithResolvers<Result<FetchedToken, AuthFailure>> | undefined;
}

/** Gives tokens t1, t2, ... that are good for so long. */
function source(lifetimeMs = 100_000): Source {
  const signals: AbortSignal[] = [];
  const made: Source = {
    signals,
    fetched: () => signals.length,
    fetch: async (given) => {
      signals.push(given);
      const token = `t${signals.length}`;
      return await (made.gate?.promise ?? ok({ token, lifetimeMs }));
    },
  };
  return made;
}

describe('the token cache', () => {
  const lifetimes: readonly (readonly [number, number])[] = [
    [100_000, 80_000],
    [3_600_000, 3_570_000],
    [1000, 800],
    [0, 0],
  ];
  for (const [lifetimeMs, keptMs] of lifetimes) {
    test(`keeps a token of ${lifetimeMs} ms for ${keptMs} ms`, async () => {
      const clock = createFakeClock();
      const cache = createTokenCache(clock);
      const { fetch } = source(lifetimeMs);
      assert.deepEqual(await cache.get('k', fetch, signal), ok('t1'));
      await clock.advance(Math.max(0, keptMs - 1));
      assert.deepEqual(await cache.get('k', fetch, signal), ok(keptMs === 0 ? 't2' : 't1'));
      await clock.advance(1);
      assert.deepEqual(await cache.get('k', fetch, signal), ok(keptMs === 0 ? 't3' : 't2'));
    });
  }

  test('counts the time of a slow answer', async () => {
    const clock = createFakeClock();
    const cache = createTokenCache(clock);
    const slow: FetchToken = async () => {
      await clock.sleep(50_000);
      return ok({ token: 'slow', lifetimeMs: 100_000 });
    };
    const getting = cache.get('k', slow, signal);
    await clock.advance(50_000);
    assert.deepEqual(await getting, ok('slow'));
    await clock.advance(30_000);
    assert.deepEqual(await cache.get('k', source().fetch, signal), ok('t1'));
  });

  test('fetches once for all who ask at a time, whoever of them gives up', async () => {
    const cache = createTokenCache(createFakeClock());
    const from = source();
    from.gate = Promise.withResolvers();
    const first = new AbortController();
    const reason = new Error('the first gives up');
    const giving = cache.get('k', from.fetch, first.signal);
    const others = Array.from({ length: 20 }, () => cache.get('k', from.fetch, signal));
    first.abort(reason);
    await assert.rejects(giving, (error) => error === reason);
    assert.equal(from.signals[0]?.aborted, false);
    from.gate.resolve(ok({ token: 'shared', lifetimeMs: 100_000 }));
    for (const other of await Promise.all(others)) assert.deepEqual(other, ok('shared'));
    assert.equal(from.fetched(), 1);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(getEventListeners(first.signal, 'abort').length, 0);
  });

  test('stops a fetch that nobody waits for, and fetches anew for who comes next', async () => {
    const cache = createTokenCache(createFakeClock());
    const from = source();
    from.gate = Promise.withResolvers();
    const only = new AbortController();
    const giving = cache.get('k', from.fetch, only.signal);
    only.abort(new Error('gone'));
    await assert.rejects(giving, /gone/);
    assert.equal(from.signals[0]?.aborted, true);
    const { gate } = from;
    from.gate = undefined;
    const next = cache.get('k', from.fetch, signal);
    gate.reject(new Error('aborted'));
    await settle();
    assert.deepEqual(await next, ok('t2'));
  });

  test('is not asked by who has given up already', async () => {
    const from = source();
    await assert.rejects(
      createTokenCache(createFakeClock()).get('k', from.fetch, AbortSignal.abort(new Error('late'))),
      /late/,
    );
    assert.equal(from.fetched(), 0);
  });

  test('tells all who wait of a failure, and keeps none', async () => {
    const cache = createTokenCache(createFakeClock());
    const from = source();
    from.gate = Promise.withResolvers();
    const waiting = Array.from({ length: 5 }, () => cache.get('k', from.fetch, signal));
    from.gate.resolve(err(busy));
    for (const each of await Promise.all(waiting)) assert.deepEqual(each, err(busy));
    assert.equal(from.fetched(), 1);
    from.gate = undefined;
    assert.deepEqual(await cache.get('k', from.fetch, signal), ok('t2'));
  });

  test('leaves a server alone for as long as it wishes', async () => {
    const clock = createFakeClock();
    const cache = createTokenCache(clock);
    const from = source();
    const refusing: FetchToken = async () => await Promise.resolve(err({ ...busy, afterMs: 7000 }));
    assert.deepEqual(await cache.get('k', refusing, signal), err({ ...busy, afterMs: 7000 }));
    await clock.advance(5000);
    assert.deepEqual(await cache.get('k', from.fetch, signal), err({ ...busy, afterMs: 2000 }));
    assert.equal(from.fetched(), 0);
    await clock.advance(2000);
    assert.deepEqual(await cache.get('k', from.fetch, signal), ok('t1'));
  });

  test('drops a token that is refused once, and not the one that has taken its place', async () => {
    const cache = createTokenCache(createFakeClock());
    const from = source();
    await cache.get('k', from.fetch, signal);
    assert.equal(cache.drop('t1'), true);
    assert.deepEqual(cache.tokens(), []);
    assert.deepEqual(await cache.get('k', from.fetch, signal), ok('t2'));
    assert.equal(cache.drop('t1'), true, 'another attempt would have t2');
    assert.deepEqual(cache.tokens(), ['t2']);
  });

  test('says that there is no new token where the server gives the refused one again', async () => {
    const cache = createTokenCache(createFakeClock());
    const same: FetchToken = async () => await Promise.resolve(ok({ token: 'same', lifetimeMs: 100_000 }));
    await cache.get('k', same, signal);
    assert.equal(cache.drop('same'), true);
    await cache.get('k', same, signal);
    assert.equal(cache.drop('same'), false);
    assert.deepEqual(cache.tokens(), []);
  });

  test('keeps tokens apart by their key, and 32 of them at most', async () => {
    const cache = createTokenCache(createFakeClock());
    const from = source();
    for (let key = 1; key <= 40; key += 1) assert.deepEqual(await cache.get(`k${key}`, from.fetch, signal), ok(`t${key}`));
    assert.equal(cache.tokens().length, 32);
    assert.deepEqual(await cache.get('k40', from.fetch, signal), ok('t40'));
    assert.deepEqual(await cache.get('k1', from.fetch, signal), ok('t41'));
    for (const token of cache.tokens()) assert.equal(cache.drop(token), true);
  });
});
