import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err } from '../../../src/lib/result.ts';
import { tokenGuard } from '../../../src/mockca/guards.ts';
import { pendingRequests } from '../../../src/mockca/pending.ts';
import { createFakeClock, settle } from '../kube/support/fake-clock.ts';
import { isFor, makeCsr } from './support/csrs.ts';
import { createHarness, jsonOf } from './support/harness.ts';

const csr = makeCsr('/CN=a.example', ['DNS:a.example']);

describe('the bearer token', () => {
  const cases: readonly [string | undefined, boolean][] = [
    ['Bearer s3cret', true],
    ['bearer  s3cret ', true],
    ['Bearer s3cret2', false],
    ['Bearer s3cre', false],
    ['Bearer ', false],
    ['Basic s3cret', false],
    ['s3cret', false],
    ['', false],
    [undefined, false],
  ];
  for (const [header, accepted] of cases) {
    test(`"${header}" is ${accepted ? 'accepted' : 'refused'}`, () => {
      assert.equal(tokenGuard('s3cret')(header) === undefined, accepted);
    });
  }

  test('is asked for where certificates are signed or listed, and nowhere else', async () => {
    const harness = await createHarness({ token: 's3cret' });
    const protectedRoutes = ['/sign', '/api/v1/sign', '/api/v1/certificate/sign', '/cgi/pki.cgi', '/journal', '/requests/x'];
    for (const path of protectedRoutes) {
      const method = path === '/journal' || path === '/requests/x' ? 'GET' : 'POST';
      const reply = await harness.call({ method, path, body: csr.pem });
      assert.equal(reply.status, 401, path);
      assert.equal(reply.headers['WWW-Authenticate'], 'Bearer realm="mockca"');
      assert.equal(jsonOf(reply)['code'], 'UNAUTHORIZED');
      assert.ok(!reply.body.includes('s3cret'));
    }
    for (const path of ['/', '/health', '/healthz', '/readyz', '/ca']) {
      assert.equal((await harness.call({ method: 'GET', path })).status, 200, path);
    }
    const signed = await harness.call({ path: '/sign', body: csr.pem, headers: { authorization: 'Bearer s3cret' } });
    assert.equal(signed.status, 200);
    assert.ok(!harness.logged.join('').includes('s3cret'));
  });
});

describe('faults made on purpose', () => {
  test('the error rate is a share of the requests', async () => {
    let turn = 0;
    const harness = await createHarness({ faults: { errorRate: 0.25 }, random: () => (turn++ % 4) / 4 });
    const statuses: number[] = [];
    for (let count = 0; count < 8; count++) statuses.push((await harness.call({ path: '/sign', body: csr.pem })).status);
    assert.deepEqual(statuses, [503, 200, 200, 200, 503, 200, 200, 200]);
    assert.equal(harness.context.signing.count(), 6);
  });

  test('an error rate of 1 fails every signing, and no health page', async () => {
    const harness = await createHarness({ faults: { errorRate: 1 }, random: () => 0.999 });
    const reply = await harness.call({ path: '/sign', body: csr.pem });
    assert.equal(reply.status, 503);
    assert.equal(jsonOf(reply)['code'], 'FAULT_INJECTED');
    assert.match((await harness.call({ path: '/cgi/pki.cgi' })).body, /on purpose/);
    assert.equal((await harness.call({ method: 'GET', path: '/health' })).status, 200);
  });

  test('the latency holds an answer back', async () => {
    const clock = createFakeClock();
    const harness = await createHarness({ faults: { latencyMs: 500 }, clock });
    let answered = false;
    const reply = harness.call({ path: '/sign', body: csr.pem }).then(() => (answered = true));
    await clock.advance(499);
    assert.equal(answered, false);
    await clock.advance(1);
    await reply;
    assert.equal(answered, true);
  });

  test('a pending request is signed after so many polls, once', async () => {
    const harness = await createHarness({ faults: { pendingPolls: 2 } });
    const reply = await harness.call({ path: '/sign', body: csr.pem });
    assert.equal(reply.status, 202);
    assert.equal(reply.headers['Location'], '/requests/id-1');
    assert.deepEqual(jsonOf(reply), { request_id: 'id-1', status: 'pending' });
    const poll = { method: 'GET', path: '/requests/id-1' };
    for (const status of [202, 202, 200]) assert.equal((await harness.call(poll)).status, status);
    const [one, two] = await Promise.all([harness.call(poll), harness.call(poll)]);
    assert.equal(one.body, two.body);
    const { request_id, status, certificate = '' } = jsonOf(one);
    assert.deepEqual([request_id, status], ['id-1', 'issued']);
    assert.ok(isFor(certificate, csr));
    assert.equal(harness.context.signing.count(), 1);
  });

  test('a pending request that the server could not serve is tried again at the next poll', async () => {
    const problem = { status: 503, code: 'JOURNAL_UNWRITABLE', error: '', details: '' } as const;
    let attempts = 0;
    const pending = pendingRequests({ clock: createFakeClock(), newId: () => 'id', polls: 0 });
    const id = pending.add(async () => {
      attempts++;
      if (attempts === 1) throw new Error('a bug');
      return err(attempts === 2 ? problem : { ...problem, status: 400 });
    });
    await assert.rejects(pending.poll(id) ?? Promise.resolve(), /a bug/);
    for (const status of [503, 400, 400]) {
      const poll = await pending.poll(id);
      assert.equal(poll?.state === 'done' && !poll.result.ok && poll.result.error.status, status);
      assert.equal(await pending.stands({ state: 'pending', id }), status === 503);
    }
    assert.equal(attempts, 3);
  });

  test('a bad CSR is refused at once, not taken in', async () => {
    const harness = await createHarness({ faults: { pendingPolls: 2 } });
    assert.equal((await harness.call({ path: '/sign', body: '{"csr":"x"}' })).status, 400);
  });

  test('the same Idempotency-Key finds the same pending request, and later its certificate', async () => {
    const harness = await createHarness({ faults: { pendingPolls: 1 } });
    const call = { path: '/sign', body: csr.pem, headers: { 'idempotency-key': 'k' } };
    await harness.call(call);
    const again = await harness.call(call);
    assert.deepEqual(jsonOf(again), { request_id: 'id-1', status: 'pending' });
    for (let polls = 0; polls < 2; polls++) await harness.call({ method: 'GET', path: '/requests/id-1' });
    const done = await harness.call(call);
    assert.equal(done.status, 200);
    assert.ok(isFor(jsonOf(done)['certificate'] ?? '', csr));
  });

  test('an id that an Idempotency-Key gets can be polled, as long as the key is known and after', async () => {
    const clock = createFakeClock();
    const harness = await createHarness({ faults: { pendingPolls: 1 }, clock });
    const call = { path: '/sign', body: csr.pem, headers: { 'idempotency-key': 'k' } };
    await harness.call(call);
    for (const [hours, id] of [
      [1, 'id-1'],
      [22, 'id-1'],
      [1, 'id-2'],
    ] as const) {
      await clock.advance(hours * 3_600_000);
      const { request_id } = jsonOf(await harness.call(call));
      assert.equal(request_id, id);
      assert.notEqual((await harness.call({ method: 'GET', path: `/requests/${id}` })).status, 404);
    }
  });

  test('a request that is pushed out by 10,000 others is taken in again for its key', async () => {
    const harness = await createHarness({ faults: { pendingPolls: 1 } });
    const call = { path: '/sign', body: csr.pem, headers: { 'idempotency-key': 'k' } };
    await harness.call(call);
    for (let others = 0; others < 10_000; others++) harness.context.pending.add(() => assert.fail('not polled'));
    const reply = await harness.call(call);
    assert.equal(jsonOf(reply)['request_id'], 'id-10002');
    assert.equal(reply.headers['Idempotency-Replayed'], undefined);
  });

  test('an unknown request is a 404 that says what to do, and so is one that is too old', async () => {
    const clock = createFakeClock();
    const harness = await createHarness({ faults: { pendingPolls: 1 }, clock });
    await harness.call({ path: '/sign', body: csr.pem });
    await settle();
    await clock.advance(24 * 3_600_000);
    for (const id of ['id-1', 'id-2']) {
      const reply = await harness.call({ method: 'GET', path: `/requests/${id}` });
      assert.equal(reply.status, 404);
      assert.equal(jsonOf(reply)['code'], 'REQUEST_NOT_FOUND');
    }
  });

  test('the legacy route, which has no polling, signs at once', async () => {
    const harness = await createHarness({ faults: { pendingPolls: 2 } });
    const reply = await harness.call({ path: '/cgi/pki.cgi', body: `csr=${csr.base64Der}` });
    assert.ok(isFor(reply.body, csr));
  });
});

describe('answers that are spoilt on purpose', () => {
  test('have another status, and say when to come back', async () => {
    const harness = await createHarness({ faults: { errorRate: 1, errorStatus: 429, retryAfterSeconds: 7 } });
    const reply = await harness.call({ path: '/sign', body: csr.pem });
    assert.equal(reply.status, 429);
    assert.equal(reply.headers['Retry-After'], '7');
  });

  for (const [answer, expected] of [
    ['huge-body', { padTo: 104_857_600 }],
    ['cut-body', {}],
    ['garbage', { body: '<html><body>It works!</body></html>\n' }],
  ] as const) {
    test(`are ${answer}, and errors are not spoilt`, async () => {
      const harness = await createHarness({ faults: { answer } });
      const reply = await harness.call({ path: '/sign', body: csr.pem });
      for (const [key, value] of Object.entries(expected)) assert.equal(reply[key as keyof typeof reply], value);
      assert.equal(reply.cutAfter !== undefined, answer === 'cut-body');
      assert.equal((await harness.call({ path: '/sign' })).cutAfter, undefined);
      assert.equal((await harness.call({ method: 'GET', path: '/ca' })).padTo, undefined);
    });
  }
});
