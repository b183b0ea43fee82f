import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Signer, SignOutcome } from '../../../../../src/signers/signer.ts';
import { call, caPem, certificatePem, configFor, expected, open, request, sign } from './support/lab.ts';
import { type Answer, json, recorder } from './support/recorder.ts';

const poll = { url: '/requests/{{ id }}' };
const hourMs = 3_600_000;

async function ask(signer: Signer, id: string, ageMs = 0): Promise<SignOutcome> {
  assert.ok(signer.poll !== undefined);
  return await signer.poll(id, request({ firstTryAt: Date.now() - ageMs }), call());
}

describe('a CA that decides later', () => {
  const ids: Readonly<Record<string, { readonly id: string; readonly answer: Answer; readonly found: string }>> = {
    'a field of JSON': { id: 'data.id', answer: json({ data: { id: 'r-1' } }, 202), found: 'r-1' },
    'a number': { id: 'id', answer: json({ id: 4711 }, 202), found: '4711' },
    'a header': { id: 'header:Location', answer: { status: 202, headers: { location: '/requests/9' } }, found: '/requests/9' },
    'a text with placeholders': { id: 'dn:{{ request.uid }}', answer: { status: 202 }, found: 'dn:uid-1' },
  };
  for (const [what, { id, answer, found }] of Object.entries(ids)) {
    test(`names the request by ${what}`, async (t) => {
      const ca = await recorder(t, () => answer);
      const signer = await open(t, configFor(ca.url, { pending: { id, poll } }));
      assert.deepEqual(await sign(signer), { outcome: 'pending', id: found, afterMs: 30_000 });
      assert.equal(ca.requests.length, 1);
    });
  }

  test('names it by what an earlier step gave', async (t) => {
    const ca = await recorder(t, ({ path }) => (path === '/submit' ? json({ dn: 'x y' }) : { status: 202 }));
    const steps = [
      { name: 'submit', url: '/submit', body: { json: { csr: '{{ csr.pem }}' } }, extract: { dn: 'dn' } },
      { name: 'get', url: '/get' },
    ];
    const signer = await open(t, configFor(ca.url, { steps, pending: { id: '{{ steps.submit.dn }}', poll } }));
    assert.equal(expected(await sign(signer), 'pending').id, 'x y');
  });

  test('whose answer names nothing, or too much, is tried again three times at most', async (t) => {
    for (const body of [{}, { id: '' }, { id: 'x'.repeat(513) }, { id: ['a'] }]) {
      const ca = await recorder(t, () => json(body, 202));
      const signer = await open(t, configFor(ca.url, { pending: { id: 'id', poll } }));
      const { code, mostAttempts, message } = expected(await sign(signer), 'retry');
      assert.deepEqual({ code, mostAttempts }, { code: 'CAResponseInvalid', mostAttempts: 3 });
      assert.match(message, /pki\.pending\.id/);
    }
  });

  test('is asked until it has decided, at the time it names or ours', async (t) => {
    const answers: Answer[] = [
      { status: 202 },
      { status: 202, headers: { 'retry-after': '3600' } },
      { status: 503 },
      json({ certificate: certificatePem, ca: caPem }),
    ];
    const ca = await recorder(t, () => answers.shift() ?? 'never');
    const response = { format: 'json', certificateField: 'certificate', caField: 'ca' };
    const signer = await open(t, configFor(ca.url, { response, pending: { id: 'id', poll }, pollInterval: '10s' }));
    assert.deepEqual(await ask(signer, 'r/1'), { outcome: 'pending', id: 'r/1', afterMs: 10_000 });
    assert.deepEqual(await ask(signer, 'r/1'), { outcome: 'pending', id: 'r/1', afterMs: hourMs });
    expected(await ask(signer, 'r/1'), 'retry');
    assert.deepEqual(await ask(signer, 'r/1'), { outcome: 'issued', chainPem: certificatePem, caPem });
    assert.ok(ca.requests.every(({ method, url }) => `${method} ${url}` === 'GET /requests/r%2F1'));
  });

  test('has the certificate downloaded, or waits for that too', async (t) => {
    let isThere = false;
    const ca = await recorder(t, ({ path }) => {
      if (!path.endsWith('/file')) return json({ state: 'issued' });
      return isThere ? { body: certificatePem } : { status: 202 };
    });
    const download = { url: '/requests/{{ id }}/file' };
    const signer = await open(t, configFor(ca.url, { pending: { id: 'id', poll, download } }));
    expected(await ask(signer, '7'), 'pending');
    isThere = true;
    assert.equal(expected(await ask(signer, '7'), 'issued').chainPem, certificatePem);
    assert.deepEqual(
      ca.requests.map(({ url }) => url),
      ['/requests/7', '/requests/7/file', '/requests/7', '/requests/7/file'],
    );
  });

  test('may refuse, which a rule tells', async (t) => {
    const ca = await recorder(t, () => json({ state: 'REJECTED', why: 'not this one' }));
    const rules = [{ when: 'body.state == "REJECTED"', outcome: 'failed' }];
    const signer = await open(
      t,
      configFor(ca.url, { pending: { id: 'id', poll: { ...poll, rules } }, response: { errorField: 'why' } }),
    );
    assert.match(expected(await ask(signer, '7'), 'failed').message, /not this one/);
  });

  test('may take too long, for the answer to poll and for the download', async (t) => {
    const ca = await recorder(t, ({ path }) =>
      path.endsWith('/file') ? { status: 202 } : { status: path.endsWith('9') ? 200 : 202 },
    );
    const plain = { pending: { id: 'id', poll }, pollDeadline: '1h' };
    const signer = await open(t, configFor(ca.url, plain));
    expected(await ask(signer, '7', hourMs - 5000), 'pending');
    const { code, message } = expected(await ask(signer, '7', hourMs + 5000), 'failed');
    assert.equal(code, 'CADecisionOverdue');
    assert.match(message, /pki\.pollDeadline is 1h/);
    const download = { url: '/requests/{{ id }}/file' };
    const both = await open(t, configFor(ca.url, { ...plain, pending: { id: 'id', poll, download } }));
    assert.equal(expected(await ask(both, '9', hourMs + 5000), 'failed').code, 'CADecisionOverdue');
  });

  test('gives an address that is asked only where it has the origin of baseUrl', async (t) => {
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const signer = await open(t, configFor(ca.url, { pending: { id: 'header:Location', poll: { url: '{{ id }}' } } }));
    expected(await ask(signer, '/requests/5?x=1'), 'issued');
    assert.equal(ca.requests[0]?.url, '/requests/5?x=1');
    const elsewhere = expected(await ask(signer, 'http://127.0.0.2:1/x'), 'retry');
    assert.match(elsewhere.message, /127\.0\.0\.2/);
    assert.equal(elsewhere.mostAttempts, 3);
    assert.equal(ca.requests.length, 1);
  });

  test('that the issuer no longer describes leaves its requests waiting for the issuer', async (t) => {
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const signer = await open(t, configFor(ca.url));
    assert.equal(expected(await ask(signer, '7'), 'issuer-broken').code, 'PendingNotConfigured');
    assert.equal(ca.requests.length, 0);
  });
});
