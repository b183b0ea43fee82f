import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSharedCall } from '../../../src/lib/shared-call.ts';

interface Context {
  readonly signal: AbortSignal;
}

/** A call that gives its number when it is told to. */
function makeLab(): {
  readonly shared: (context: Context) => Promise<number>;
  readonly calls: { readonly context: Context; readonly end: PromiseWithResolvers<void> }[];
} {
  const calls: { readonly context: Context; readonly end: PromiseWithResolvers<void> }[] = [];
  const shared = createSharedCall(async (context: Context) => {
    const end = Promise.withResolvers<void>();
    const number = calls.push({ context, end });
    await end.promise;
    return number;
  });
  return { shared, calls };
}

const { signal: never } = new AbortController();
const gone = new Error('gone');
const turn = (): Promise<void> => new Promise(setImmediate);

describe('a shared call', () => {
  test('is made once for all who ask while it runs, and anew for who asks later', async () => {
    const { shared, calls } = makeLab();
    const asked = [shared({ signal: never }), shared({ signal: never }), shared({ signal: never })];
    calls[0]?.end.resolve();
    assert.deepEqual(await Promise.all(asked), [1, 1, 1]);
    const later = shared({ signal: never });
    calls[1]?.end.resolve();
    assert.equal(await later, 2);
  });

  test('goes on where one who waits for it has gone', async () => {
    const { shared, calls } = makeLab();
    const leaving = new AbortController();
    const first = shared({ signal: never });
    const second = shared({ signal: leaving.signal });
    leaving.abort(gone);
    await assert.rejects(second, gone);
    assert.equal(calls[0]?.context.signal.aborted, false);
    calls[0]?.end.resolve();
    assert.equal(await first, 1);
  });

  test('is made anew by the next where who made it has gone, also where it does not heed that', async () => {
    const { shared, calls } = makeLab();
    const leaving = new AbortController();
    const first = shared({ signal: leaving.signal });
    const others = [shared({ signal: never }), shared({ signal: never })];
    leaving.abort(gone);
    await assert.rejects(first, gone);
    await turn();
    assert.equal(calls.length, 2);
    calls[1]?.end.resolve();
    assert.deepEqual(await Promise.all(others), [2, 2]);
    calls[0]?.end.reject(new Error('nobody hears this'));
    await turn();
  });

  test('is made anew by the next where it failed, and each who makes it hears why', async () => {
    const { shared, calls } = makeLab();
    const asked = [shared({ signal: never }), shared({ signal: never })];
    calls[0]?.end.reject(gone);
    await assert.rejects(asked[0] ?? Promise.resolve(), gone);
    await turn();
    calls[1]?.end.resolve();
    assert.equal(await asked[1], 2);
  });

  test('is not made for who has gone before', async () => {
    const { shared, calls } = makeLab();
    const running = shared({ signal: never });
    await assert.rejects(shared({ signal: AbortSignal.abort(gone) }), gone);
    calls[0]?.end.resolve();
    await running;
    assert.equal(calls.length, 1);
  });
});
