import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, ok } from '../../../src/lib/result.ts';
import { boundedCache } from '../../../src/mockca/bounded-cache.ts';
import { idempotentWork } from '../../../src/mockca/idempotency.ts';
import { createFakeClock } from '../kube/support/fake-clock.ts';
import { makeCsr } from './support/csrs.ts';
import { createHarness, jsonOf } from './support/harness.ts';

const csr = makeCsr('/CN=a.example', ['DNS:a.example']);
const other = makeCsr('/CN=b.example', ['DNS:b.example']);

const always = (): Promise<boolean> => Promise.resolve(true);

describe('the Idempotency-Key header', () => {
  test('gives the same certificate for the same key and body, on every route', async () => {
    const harness = await createHarness();
    const headers = { 'idempotency-key': 'a-key' };
    const first = await harness.call({ path: '/sign', body: csr.pem, headers });
    const again = await harness.call({ path: '/api/v1/sign', body: csr.pem, headers });
    assert.equal(first.headers['Idempotency-Replayed'], undefined);
    assert.equal(again.headers['Idempotency-Replayed'], 'true');
    assert.equal(again.body, first.body);
    assert.equal(harness.context.signing.count(), 1);
  });

  test('signs once when the same request comes many times at once', async () => {
    const harness = await createHarness();
    const call = { path: '/sign', body: csr.pem, headers: { 'idempotency-key': 'k' } };
    const replies = await Promise.all(Array.from({ length: 50 }, () => harness.call(call)));
    assert.equal(new Set(replies.map(({ body }) => body)).size, 1);
    assert.equal(harness.context.signing.count(), 1);
  });

  test('refuses the same key with another body', async () => {
    const harness = await createHarness();
    const headers = { 'idempotency-key': 'k' };
    await harness.call({ path: '/sign', body: csr.pem, headers });
    const reply = await harness.call({ path: '/sign', body: other.pem, headers });
    assert.equal(reply.status, 422);
    assert.equal(jsonOf(reply)['code'], 'IDEMPOTENCY_KEY_REUSED');
  });

  test('signs anew for another key, and without one', async () => {
    const harness = await createHarness();
    for (const headers of [{ 'idempotency-key': '1' }, { 'idempotency-key': '2' }, {}, {}]) {
      await harness.call({ path: '/sign', body: csr.pem, headers });
    }
    assert.equal(harness.context.signing.count(), 4);
  });

  for (const key of ['', 'with space', 'ä', 'x'.repeat(256), 'a\tb']) {
    test(`refuses the key "${key.slice(0, 12)}"`, async () => {
      const harness = await createHarness();
      const reply = await harness.call({ path: '/sign', body: csr.pem, headers: { 'idempotency-key': key } });
      assert.equal(reply.status, 400);
      assert.equal(jsonOf(reply)['code'], 'IDEMPOTENCY_KEY_INVALID');
    });
  }

  test('a failure is not remembered', async () => {
    const once = idempotentWork<string>(createFakeClock(), always);
    const problem = { status: 500, code: 'SIGNING_ERROR', error: '', details: '' } as const;
    const body = new Uint8Array([1]);
    assert.deepEqual(await once.run('k', body, async () => err(problem)), err(problem));
    await assert.rejects(
      once.run('k', body, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.deepEqual(await once.run('k', body, async () => ok('done')), ok({ value: 'done', replayed: false }));
  });

  test('what does not stand any more is done again, once', async () => {
    const gone = new Set<number>();
    const once = idempotentWork<number>(createFakeClock(), async (value) => !gone.has(value));
    let work = 0;
    const run = async (): Promise<unknown> => once.run('k', new Uint8Array(), async () => ok(++work));
    await run();
    gone.add(1);
    const replies = await Promise.all([run(), run(), run()]);
    assert.deepEqual(replies[0], ok({ value: 2, replayed: false }));
    assert.deepEqual(replies.slice(1), [ok({ value: 2, replayed: true }), ok({ value: 2, replayed: true })]);
    assert.equal(work, 2);
  });

  test('a key is forgotten after a day', async () => {
    const clock = createFakeClock();
    const once = idempotentWork<number>(clock, always);
    let work = 0;
    const run = async (): Promise<unknown> => once.run('k', new Uint8Array(), async () => ok(++work));
    await run();
    await clock.advance(23 * 3_600_000);
    await run();
    assert.equal(work, 1);
    await clock.advance(3_600_000);
    await run();
    assert.equal(work, 2);
  });
});

describe('the bounded cache', () => {
  test('drops what was not used for the longest time', () => {
    const cache = boundedCache<number>({ capacity: 2, ttlMs: 1000 }, createFakeClock());
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => cache.get(key)),
      [1, undefined, 3],
    );
  });

  test('drops what is too old, however often it is used', async () => {
    const clock = createFakeClock();
    const cache = boundedCache<number>({ capacity: 2, ttlMs: 1000 }, clock);
    cache.set('a', 1);
    await clock.advance(999);
    assert.equal(cache.get('a'), 1);
    await clock.advance(1);
    assert.equal(cache.get('a'), undefined);
  });
});
