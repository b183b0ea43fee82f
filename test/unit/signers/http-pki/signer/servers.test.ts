import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, certificatePem, configFor, expected, open, sign } from './support/lab.ts';
import { type Answer, json, recorder, type Recorder } from './support/recorder.ts';

/** Two servers of one CA. */
async function pair(
  t: { after(fn: () => unknown): void },
  first: Answer = { body: certificatePem },
): Promise<readonly [Recorder, Recorder]> {
  return [await recorder(t, () => first), await recorder(t, () => ({ body: certificatePem }))];
}

const withBackup = (first: Recorder, second: Recorder, parts: object = {}): Readonly<Record<string, unknown>> =>
  configFor(first.url, { backupUrl: second.url, ...parts });

describe('backupUrl', () => {
  test('is used where nothing could be sent to baseUrl, and stays so until a check', async (t) => {
    const [first, second] = await pair(t);
    const signer = await open(t, withBackup(first, second));
    await first.close();
    expected(await sign(signer), 'issued');
    expected(await sign(signer), 'issued');
    assert.equal(second.requests.length, 2);
    await first.reopen();
    expected(await sign(signer), 'issued');
    assert.equal(first.requests.length, 0);
    assert.equal((await signer.check(call())).outcome, 'healthy');
    expected(await sign(signer), 'issued');
    assert.deepEqual([first.to('/sign').length, second.to('/sign').length], [1, 3]);
  });

  const sentCases: Readonly<Record<string, Answer>> = {
    'the connection was cut after the request': 'reset',
    'the answer is late': 'never',
    'the CA answers 503': { status: 503 },
    'the answer cannot be read': { body: 'soon' },
  };
  for (const [what, answer] of Object.entries(sentCases)) {
    test(`is not used where ${what}: the CA may have signed`, async (t) => {
      const [first, second] = await pair(t, answer);
      const signer = await open(t, withBackup(first, second, { network: { responseTimeout: '1s' } }));
      expected(await sign(signer), 'retry');
      assert.deepEqual([first.requests.length, second.requests.length], [1, 0]);
    });
  }

  test('is not used after a step was sent to baseUrl', async (t) => {
    const [first, second] = await pair(t, { body: certificatePem });
    const steps = [
      { name: 'submit', url: '/submit', body: { json: { csr: '{{ csr.pem }}' } } },
      { name: 'get', url: '/get', method: 'GET' },
    ];
    const ca = await recorder(t, async ({ path }) => {
      if (path !== '/submit') return { body: certificatePem };
      setImmediate(() => void ca.close());
      return { headers: { connection: 'close' } };
    });
    const signer = await open(t, withBackup(ca, second, { steps }));
    expected(await sign(signer), 'retry');
    assert.deepEqual([ca.requests.length, first.requests.length, second.requests.length], [1, 0, 0]);
  });

  test('is said to be tried where neither works, in the words about baseUrl', async (t) => {
    const [first, second] = await pair(t);
    const signer = await open(t, withBackup(first, second));
    await Promise.all([first.close(), second.close()]);
    const { code, message } = expected(await sign(signer), 'retry');
    assert.equal(code, 'CAUnreachable');
    assert.ok(message.includes(new URL(first.url).host));
  });

  test('is used where the check of baseUrl fails, with a warning, and no longer where it passes', async (t) => {
    let status = 503;
    const first = await recorder(t, () => ({ status, body: certificatePem }));
    const second = await recorder(t, () => ({ body: certificatePem }));
    const signer = await open(t, withBackup(first, second));
    const check = await signer.check(call());
    assert.ok(check.outcome === 'healthy');
    assert.equal(check.warnings?.[0]?.code, 'BackupInUse');
    assert.match(check.message, /503/);
    expected(await sign(signer), 'issued');
    assert.equal(second.to('/sign').length, 1);
    status = 200;
    const again = await signer.check(call());
    assert.ok(again.outcome === 'healthy' && again.warnings === undefined);
    expected(await sign(signer), 'issued');
    assert.equal(first.to('/sign').length, 1);
  });

  test('has the login of its own', async (t) => {
    const answer =
      (name: string) =>
      ({ path }: { readonly path: string }) =>
        path === '/login' ? json({ token: `token-of-${name}` }) : { body: certificatePem };
    const first = await recorder(t, answer('first'));
    const second = await recorder(t, answer('second'));
    const auth = { type: 'login', login: { url: '/login', body: { json: { x: '{{ secret.x }}' } }, token: 'token' } };
    const signer = await open(t, withBackup(first, second, { auth }), { secret: { x: 'some-secret' } });
    expected(await sign(signer), 'issued');
    await first.close();
    expected(await sign(signer), 'issued');
    assert.equal(second.to('/sign')[0]?.headers.authorization, 'Bearer token-of-second');
  });
});

describe('the check', () => {
  const answers: readonly (readonly [status: number, outcome: 'healthy' | 'retry' | 'issuer-broken', code?: string])[] = [
    [200, 'healthy'],
    [404, 'healthy'],
    [405, 'healthy'],
    [401, 'issuer-broken', 'CAAuthRefused'],
    [403, 'issuer-broken', 'CAAuthRefused'],
    [500, 'retry', 'CAUnavailable'],
    [503, 'retry', 'CAUnavailable'],
  ];
  for (const [status, outcome, code] of answers) {
    test(`is by itself a GET of baseUrl, and ${status} is ${outcome}`, async (t) => {
      const ca = await recorder(t, () => ({ status, headers: { 'retry-after': '9' } }));
      const signer = await open(t, configFor(`${ca.url}/api/v1`, { auth: { type: 'bearer' } }), { secret: { token: 't0ken' } });
      const check = await signer.check(call());
      assert.equal(check.outcome, outcome, check.message);
      assert.match(check.message, /\.$/);
      if (check.outcome !== 'healthy') assert.equal(check.code, code);
      if (check.outcome === 'retry') assert.equal(check.afterMs, 9000);
      assert.deepEqual(
        ca.requests.slice(0, 1).map(({ method, url, headers }) => [method, url, headers.authorization]),
        [['GET', '/api/v1', 'Bearer t0ken']],
      );
    });
  }

  const sights: readonly (readonly [string, number, string])[] = [
    ['is known where the check fails without it', 401, 'issuer-broken suspected'],
    ['is not known where the check passes without it too', 200, 'issuer-broken'],
  ];
  for (const [what, withoutCredential, expectedOutcome] of sights) {
    test(`is sent once without the credential: whether that is right ${what}`, async (t) => {
      const ca = await recorder(t, ({ method, headers }) =>
        method === 'POST'
          ? { status: 401 }
          : headers.authorization === undefined
            ? { status: withoutCredential }
            : { status: 200 },
      );
      const signer = await open(t, configFor(ca.url, { auth: { type: 'bearer' } }), { secret: { token: 't0ken' } });
      const messages = [await signer.check(call()), await signer.check(call())].map(({ message }) => message);
      const isUnknown = withoutCredential === 200;
      for (const message of messages) assert.equal(/Whether the credential is right is not known/.test(message), isUnknown);
      assert.deepEqual(
        ca.requests.map(({ headers }) => headers.authorization !== undefined),
        [true, false, true],
      );
      const outcome = await sign(signer);
      assert.ok(outcome.outcome === 'issuer-broken');
      assert.equal(`${outcome.outcome}${outcome.requestSuspected === true ? ' suspected' : ''}`, expectedOutcome);
    });
  }

  test('is the request that check describes, sorted by its rules and by the status', async (t) => {
    let answer: Answer = json({ sealed: false });
    const ca = await recorder(t, () => answer);
    const check = {
      method: 'POST',
      url: '/health',
      body: { json: { full: true } },
      rules: [{ when: 'body.sealed == true', outcome: 'retry' }],
    };
    const signer = await open(t, configFor(ca.url, { check }));
    assert.equal((await signer.check(call())).outcome, 'healthy');
    assert.deepEqual(
      ca.requests.map(({ method, url, body }) => [method, url, body]),
      [['POST', '/health', '{"full":true}']],
    );
    answer = json({ sealed: true });
    assert.equal((await signer.check(call())).outcome, 'retry');
    for (const [status, outcome] of [
      [404, 'issuer-broken'],
      [400, 'issuer-broken'],
      [429, 'retry'],
    ] as const) {
      answer = { status };
      assert.equal((await signer.check(call())).outcome, outcome);
    }
  });

  test('says that nothing listens', async (t) => {
    const ca = await recorder(t, () => ({}));
    const signer = await open(t, configFor(ca.url));
    await ca.close();
    const check = await signer.check(call());
    assert.equal(check.outcome, 'retry');
    assert.match(check.message, /nothing listens/);
  });
});

describe('a revocation', () => {
  const revoke = { method: 'PUT', url: '/certificates/{{ serial.hex }}', body: { json: { number: '{{ serial.decimal }}' } } };

  test('sends the serial number in both forms, once', async (t) => {
    const ca = await recorder(t, ({ path }) => {
      if (path.endsWith('0c')) return 'reset';
      if (path.endsWith('0d')) return { status: 503 };
      return path.endsWith('0aff') ? {} : json({ error: 'no such certificate' }, 404);
    });
    const signer = await open(t, configFor(ca.url, { revoke, response: { errorField: 'error' } }));
    assert.equal((await signer.revoke?.('0AFF', call()))?.outcome, 'revoked');
    assert.deepEqual(
      ca.requests.map(({ method, url, body }) => [method, url, body]),
      [['PUT', '/certificates/0aff', '{"number":"2815"}']],
    );
    const refused = await signer.revoke?.('0b', call());
    assert.ok(refused?.outcome === 'not-revoked');
    assert.match(refused.message, /no such certificate/);
    for (const serial of ['0c', '0d']) {
      const doubtful = await signer.revoke?.(serial, call());
      assert.ok(doubtful?.outcome === 'unknown', JSON.stringify(doubtful));
      assert.match(doubtful.message, /Look at the CA before you repeat this\.$/);
      assert.equal(ca.to(`/certificates/${serial}`).length, 1);
    }
    await ca.close();
    const unheard = await signer.revoke?.('0b', call());
    assert.ok(unheard?.outcome === 'not-revoked');
    assert.equal(unheard.code, 'CAUnreachable');
  });

  test('is not offered where it is not described', async (t) => {
    const signer = await open(t, configFor('https://pki.example.com'));
    assert.equal(signer.revoke, undefined);
  });
});
