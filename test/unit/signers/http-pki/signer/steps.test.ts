import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../../kube/support/fake-clock.ts';
import { call, caPem, certificatePem, configFor, expected, open, otherCaPem, request, sign } from './support/lab.ts';
import { json, recorder } from './support/recorder.ts';

describe('the conversation of signing', () => {
  test('is one request where there is one step, and gives the chain as it came', async (t) => {
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const signer = await open(t, configFor(ca.url));
    assert.deepEqual(await sign(signer), { outcome: 'issued', chainPem: certificatePem });
    assert.deepEqual(
      ca.requests.map(({ method, url }) => `${method} ${url}`),
      ['POST /sign'],
    );
    assert.deepEqual(JSON.parse(ca.requests[0]?.body ?? ''), { csr: request().csr.pem });
  });

  test('takes values from the answer to one step to the next', async (t) => {
    const ca = await recorder(t, ({ path }) =>
      path === '/submit'
        ? json({ data: { id: 'x/1?y' } }, 201, { location: '/files/7?sig=a%2Fb' })
        : path === '/approve'
          ? json({ done: true })
          : { body: certificatePem },
    );
    const signer = await open(
      t,
      configFor(ca.url, {
        steps: [
          {
            name: 'submit',
            url: '/submit',
            body: { json: { csr: '{{ csr.base64 }}' } },
            extract: { id: 'data.id', where: 'header:Location' },
          },
          { name: 'approve', method: 'PUT', url: '/approve', query: { id: '{{ steps.submit.id }}' } },
          { name: 'fetch', url: '{{ steps.submit.where }}', headers: { 'X-Id': '{{ steps.submit.id }}' } },
        ],
      }),
    );
    expected(await sign(signer), 'issued');
    assert.deepEqual(
      ca.requests.map(({ method, url }) => `${method} ${url}`),
      ['POST /submit', 'PUT /approve?id=x%2F1%3Fy', 'GET /files/7?sig=a%2Fb'],
    );
    assert.equal(ca.requests[2]?.headers['x-id'], 'x/1?y');
  });

  test('ends with the step that is refused', async (t) => {
    const ca = await recorder(t, () => json({ error: 'no such profile' }, 400));
    const signer = await open(
      t,
      configFor(ca.url, {
        steps: [
          { name: 'submit', url: '/submit', body: { json: { csr: '{{ csr.pem }}' } } },
          { name: 'fetch', url: '/fetch' },
        ],
        response: { errorField: 'error' },
      }),
    );
    assert.match(expected(await sign(signer), 'failed').message, /no such profile/);
    assert.equal(ca.requests.length, 1);
  });

  test('is tried again, three times at most, where an answer lacks what the next step needs', async (t) => {
    const ca = await recorder(t, () => json({}));
    const signer = await open(
      t,
      configFor(ca.url, {
        steps: [
          { name: 'submit', url: '/submit', body: { json: { csr: '{{ csr.pem }}' } }, extract: { id: 'data.id' } },
          { name: 'fetch', url: '/fetch/{{ steps.submit.id }}' },
        ],
      }),
    );
    const { code, message, mostAttempts } = expected(await sign(signer), 'retry');
    assert.deepEqual({ code, mostAttempts }, { code: 'CAResponseInvalid', mostAttempts: 3 });
    assert.match(message, /^pki\.steps\[0\]\.extract\.id: .*\.$/);
  });

  test('sends the same idempotency key with each attempt, and another UUID', async (t) => {
    const ca = await recorder(t, (_request, count) => (count < 2 ? { status: 503 } : { body: certificatePem }));
    const headers = { 'Idempotency-Key': '{{ request.idempotencyKey }}', 'X-Attempt': '{{ uuid }}' };
    const signer = await open(
      t,
      configFor(ca.url, { steps: [{ name: 'sign', url: '/sign', headers, body: { json: { csr: '{{ csr.pem }}' } } }] }),
    );
    for (const kind of ['retry', 'retry', 'issued'] as const) expected(await sign(signer), kind);
    assert.deepEqual(
      ca.requests.map((each) => each.headers['idempotency-key']),
      ['uid-1', 'uid-1', 'uid-1'],
    );
    assert.equal(new Set(ca.requests.map((each) => each.headers['x-attempt'])).size, 3);
  });
});

describe('the CA certificates', () => {
  test('are fetched from caUrl once a minute, however many requests there are', async (t) => {
    const clock = createFakeClock();
    const ca = await recorder(t, ({ path }) => ({ body: path === '/roots' ? caPem : certificatePem }));
    const signer = await open(t, configFor(ca.url, { response: { caUrl: '/roots' } }), { deps: { clock } });
    const outcomes = await Promise.all(Array.from({ length: 20 }, async () => await sign(signer)));
    assert.equal(ca.to('/roots').length, 1);
    assert.equal(ca.to('/sign').length, 20);
    for (const outcome of outcomes) assert.equal(expected(outcome, 'issued').caPem, caPem);
    await clock.advance(59_000);
    await sign(signer);
    assert.equal(ca.to('/roots').length, 1);
    await clock.advance(2000);
    await sign(signer);
    assert.equal(ca.to('/roots').length, 2);
  });

  test('are not fetched where the answer has them, or where caBundle says what they are', async (t) => {
    const ca = await recorder(t, () => json({ crt: certificatePem, root: otherCaPem }));
    const both = await open(
      t,
      configFor(ca.url, { response: { format: 'json', certificateField: 'crt', caField: 'root', caUrl: '/roots' } }),
    );
    assert.equal(expected(await sign(both), 'issued').caPem, otherCaPem);
    const bundle = await open(
      t,
      configFor(ca.url, { response: { format: 'json', certificateField: 'crt', caField: 'root', caBundle: caPem } }),
    );
    assert.equal(expected(await sign(bundle), 'issued').caBundlePem, caPem);
    assert.equal(ca.to('/roots').length, 0);
  });

  test('are asked for before anything is signed: where they cannot be had, no certificate is made in vain', async (t) => {
    const ca = await recorder(t, ({ path }) =>
      path === '/roots' ? { status: 503, headers: { 'retry-after': '7' } } : { body: certificatePem },
    );
    const signer = await open(t, configFor(ca.url, { response: { caUrl: '/roots' } }));
    const outcome = expected(await sign(signer), 'retry');
    assert.match(outcome.message, /pki\.response\.caUrl: .* 503/);
    assert.equal(outcome.afterMs, 7000);
    assert.equal(ca.to('/sign').length, 0);
  });

  test('that one request gave up on are fetched by the others', async (t) => {
    const ca = await recorder(t, ({ path }, count) => {
      return path === '/roots' && count === 0 ? 'never' : { body: path === '/roots' ? caPem : certificatePem };
    });
    const signer = await open(t, configFor(ca.url, { response: { caUrl: '/roots' } }));
    const leaving = new AbortController();
    const first = signer.sign(request(), { signal: leaving.signal });
    const second = signer.sign(request(), call());
    while (ca.to('/roots').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const gone = new Error('gone');
    leaving.abort(gone);
    await assert.rejects(first, gone);
    assert.equal(expected(await second, 'issued').caPem, caPem);
  });
});
