import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../../kube/support/fake-clock.ts';
import { call, caPem, certificatePem, configFor, expected, open, request, sign } from './support/lab.ts';
import { json, recorder, type Recorded, type Recorder } from './support/recorder.ts';

const login = {
  auth: {
    type: 'login',
    login: {
      url: '/login',
      body: { json: { role: '{{ secret.role_id }}', secret: '{{ secret.secret_id }}' } },
      token: 'auth.token',
      lifetime: 'auth.lease',
    },
  },
};
const secret = { role_id: 'role-7', secret_id: 'correct horse battery staple' };

/** A CA whose login gives another token each time, of which it takes those that `isGood` does. */
async function tokenCa(
  t: { after(fn: () => unknown): void },
  isGood: (token: string, count: number) => boolean,
): Promise<Recorder> {
  return await recorder(t, ({ path, headers }: Recorded, count) => {
    if (path === '/login') return json({ auth: { token: `token-number-${count + 1}`, lease: 600 } });
    if (!isGood(String(headers.authorization).replace('Bearer ', ''), count)) return json({}, 401);
    return { body: certificatePem };
  });
}

describe('a login', () => {
  test('is made once for many requests, and again before its token ends', async (t) => {
    const clock = createFakeClock();
    const ca = await tokenCa(t, () => true);
    const signer = await open(t, configFor(ca.url, login), { secret, deps: { clock } });
    await Promise.all(Array.from({ length: 10 }, async () => expected(await sign(signer), 'issued')));
    assert.equal(ca.to('/login').length, 1);
    assert.deepEqual(JSON.parse(ca.to('/login')[0]?.body ?? ''), { role: secret.role_id, secret: secret.secret_id });
    assert.equal(ca.to('/login')[0]?.headers.authorization, undefined);
    await clock.advance(599_000);
    expected(await sign(signer), 'issued');
    assert.equal(ca.to('/login').length, 2);
    assert.equal(ca.to('/sign').at(-1)?.headers.authorization, 'Bearer token-number-2');
  });

  test('is made once more where its token is refused, and so is the request', async (t) => {
    const ca = await tokenCa(t, (token, count) => count === 0 || token !== 'token-number-1');
    const signer = await open(t, configFor(ca.url, login), { secret });
    expected(await sign(signer), 'issued');
    expected(await sign(signer), 'issued');
    assert.equal(ca.to('/login').length, 2);
    assert.deepEqual(
      ca.to('/sign').map(({ headers }) => headers.authorization),
      ['Bearer token-number-1', 'Bearer token-number-1', 'Bearer token-number-2'],
    );
  });

  test('whose new token is refused too breaks the issuer', async (t) => {
    const ca = await tokenCa(t, () => false);
    const signer = await open(t, configFor(ca.url, login), { secret });
    const { code, message } = expected(await sign(signer), 'issuer-broken');
    assert.equal(code, 'CAAuthRefused');
    assert.match(message, /401.*credential/);
    assert.equal(ca.to('/login').length, 2);
    assert.equal(ca.to('/sign').length, 2);
  });

  test('is made once for many requests whose token is refused at the same time', async (t) => {
    const ca = await tokenCa(t, (token) => token !== 'token-number-1');
    const signer = await open(t, configFor(ca.url, login), { secret });
    await Promise.all(Array.from({ length: 5 }, async () => expected(await sign(signer), 'issued')));
    assert.equal(ca.to('/login').length, 2);
    assert.equal(ca.to('/sign').length, 10);
  });

  test('is made anew for a 401 that a rule counts as something else', async (t) => {
    const ca = await tokenCa(t, (token) => token !== 'token-number-1');
    const rules = [{ when: 'status == 401', outcome: 'retry' }];
    const signer = await open(t, configFor(ca.url, { ...login, rules }), { secret });
    expected(await sign(signer), 'issued');
  });

  test('is made anew for a check, by whatever request, whose token is refused', async (t) => {
    for (const parts of [{}, { check: { url: '/health' } }]) {
      const ca = await tokenCa(t, (token) => token !== 'token-number-1');
      const signer = await open(t, configFor(ca.url, { ...login, ...parts }), { secret });
      assert.equal((await signer.check(call())).outcome, 'healthy');
      assert.equal(ca.to('/login').length, 2);
    }
  });

  test('that is refused breaks the issuer, without the secret in its words', async (t) => {
    const ca = await recorder(t, ({ body }) => json({ errors: [`bad login ${body} ${secret.secret_id}`] }, 400));
    const signer = await open(t, configFor(ca.url, login), { secret });
    const { message } = expected(await sign(signer), 'issuer-broken');
    assert.match(message, /bad login/);
    assert.doesNotMatch(message, /horse/);
    assert.equal(ca.to('/sign').length, 0);
  });
});

describe('a credential that is made for each request', () => {
  const parts = {
    auth: { type: 'jwt', jwt: { algorithm: 'HS256', claims: { sub: '{{ subject.commonName }}' } } },
  };
  const shared = { secret: 'a shared key of some length' };

  test('names the request, and is another for each attempt', async (t) => {
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const signer = await open(t, configFor(ca.url, parts), { secret: shared });
    await sign(signer);
    await sign(signer);
    const tokens = ca.requests.map(({ headers }) => String(headers.authorization).replace('Bearer ', ''));
    assert.equal(new Set(tokens).size, 2);
    const claims: unknown = JSON.parse(Buffer.from(tokens[0]?.split('.')[1] ?? '', 'base64url').toString());
    assert.partialDeepStrictEqual(claims, { sub: 'a.example' });
  });

  test('is not spent on the CA certificates', async (t) => {
    const ca = await recorder(t, ({ path }) => ({ body: path === '/roots' ? caPem : certificatePem }));
    const named = await open(t, configFor(ca.url, { ...parts, response: { caUrl: '/roots' } }), { secret: shared });
    expected(await sign(named), 'issued');
    assert.equal(ca.to('/roots')[0]?.headers.authorization, undefined);
    const plain = { auth: { type: 'jwt', jwt: { algorithm: 'HS256', claims: { iss: 'us' } } } };
    const nameless = await open(t, configFor(ca.url, { ...plain, response: { caUrl: '/roots' } }), { secret: shared });
    expected(await sign(nameless), 'issued');
    const [forRoots, forSigning] = ca.requests.slice(-2).map(({ headers }) => headers.authorization);
    assert.ok(forRoots !== undefined && forSigning !== undefined);
    assert.notEqual(forRoots, forSigning);
  });

  test('leaves the check without one, which a 401 does not make unhealthy', async (t) => {
    const ca = await recorder(t, () => ({ status: 401 }));
    const signer = await open(t, configFor(ca.url, parts), { secret: shared });
    const check = await signer.check(call());
    assert.equal(check.outcome, 'healthy');
    assert.match(check.message, /Whether the credential is right is not known: it is made for each request\.$/);
    assert.equal(ca.requests[0]?.headers.authorization, undefined);
  });

  test('is there for the check where it names no request', async (t) => {
    const ca = await recorder(t, () => ({}));
    const plain = { auth: { type: 'jwt', jwt: { algorithm: 'HS256', claims: { iss: 'us' } } } };
    const signer = await open(t, configFor(ca.url, plain), { secret: shared });
    assert.equal((await signer.check(call())).outcome, 'healthy');
    assert.match(String(ca.requests[0]?.headers.authorization), /^Bearer ey/);
  });

  test('signs the body that is sent, and a payload', async (t) => {
    const { createHmac } = await import('node:crypto');
    const ca = await recorder(t, () => ({ body: certificatePem }));
    const signer = await open(t, configFor(ca.url, { auth: { type: 'hmac', hmac: {} } }), {
      secret: { 'hmac-key': 'the-key' },
    });
    expected(await sign(signer, request()), 'issued');
    const [{ headers, body }] = ca.requests as [Recorded];
    assert.equal(headers['x-signature'], createHmac('sha256', 'the-key').update(body).digest('base64'));
  });
});
