import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { createFakeClock } from '../../../kube/support/fake-clock.ts';
import {
  applied,
  contextOf,
  failureOf,
  opened,
  prepared,
  problemOf,
  valuesOf,
  type WorldOptions,
} from './support/auth-world.ts';
import { certificateOf, keys, verdictOfOpenssl } from './support/jwt-keys.ts';

const claims = {
  iss: 'demo',
  sub: '{{ subject.commonName }}',
  sans: '{{ san.all | json }}',
  aud: 'https://ca.example/1.0/sign',
};
const now = createFakeClock().now();
const at = { currentDate: new Date(now) };

const jwtOf = async (written: object, options: WorldOptions): Promise<string> => {
  const credentials = await prepared(opened({ type: 'jwt', jwt: { claims, ...written } }, options));
  assert.equal(applied(credentials).headers.get('authorization'), `Bearer ${credentials.values['token']}`);
  return credentials.values['token'] ?? '';
};

describe('a JWT is signed', () => {
  const cases: readonly (readonly [string, keyof typeof keys, string, object])[] = [
    ['with an RSA key in PKCS #1', 'rsa', 'RS256', {}],
    ['with an RSA key in PKCS #8', 'rsaPkcs8', 'RS256', {}],
    ['with an RSA key and PSS', 'rsa', 'PS256', { algorithm: 'PS256' }],
    ['with a P-256 key in SEC 1', 'p256', 'ES256', {}],
    ['with a P-256 key in PKCS #8', 'p256Pkcs8', 'ES256', { algorithm: 'ES256' }],
    ['with a P-384 key', 'p384', 'ES384', {}],
    ['with a P-521 key', 'p521', 'ES512', {}],
    ['with an Ed25519 key', 'ed25519', 'EdDSA', {}],
  ];
  for (const [name, key, algorithm, written] of cases) {
    test(`${name} as ${algorithm}`, async () => {
      const token = await jwtOf({ keyId: 'demo', ...written }, { data: { 'private-key': `\n${keys[key]}\n` } });
      const { payload, protectedHeader } = await jwtVerify(token, createPublicKey(keys[key]), at);
      assert.deepEqual(protectedHeader, { alg: algorithm, typ: 'JWT', kid: 'demo' });
      assert.deepEqual(payload, {
        iat: now / 1000,
        nbf: now / 1000,
        exp: now / 1000 + 300,
        jti: 'uuid-1',
        iss: 'demo',
        sub: 'a.example',
        sans: ['a.example', '10.0.0.1'],
        aud: 'https://ca.example/1.0/sign',
      });
      if (algorithm === 'RS256') assert.equal(verdictOfOpenssl(token, keys[key]), 'Verified OK');
    });
  }

  test('with a shared key, as HS256', async () => {
    const shared = { secret: 'a shared key of some length\n', other: Uint8Array.of(0, 255, 1) };
    const text = await jwtOf({ algorithm: 'HS256' }, { data: shared });
    assert.ok(await jwtVerify(text, Buffer.from('a shared key of some length'), at));
    const binary = await jwtOf({ algorithm: 'HS256' }, { data: shared, secretKey: 'other' });
    assert.ok(await jwtVerify(binary, shared.other, at));
  });

  test('with tls.key where there is no private-key, or with the key that is named', async () => {
    const data = { 'tls.key': keys.p256, mine: keys.p384 };
    assert.ok(await jwtVerify(await jwtOf({}, { data }), createPublicKey(keys.p256), at));
    assert.ok(await jwtVerify(await jwtOf({}, { data, secretKey: 'mine' }), createPublicKey(keys.p384), at));
  });

  test('with its certificates in x5c', async () => {
    const [leaf, issuer] = [certificateOf(keys.p256), certificateOf(keys.p384, 'issuer')];
    const token = await jwtOf({ x5c: true }, { data: { 'tls.key': keys.p256, 'tls.crt': `${leaf}\r\n${issuer}` } });
    const der = [leaf, issuer].map((pem) => pem.replaceAll(/-----[^-]+-----|\s/g, ''));
    assert.deepEqual(decodeProtectedHeader(token).x5c, der);
  });

  test('anew for each attempt, and none is shown', async () => {
    const clock = createFakeClock();
    const auth = opened({ type: 'jwt', jwt: { claims, lifetime: '90s' } }, { data: { 'private-key': keys.p256 }, clock });
    const first = await prepared(auth, valuesOf('x;renew=1"}'));
    await clock.advance(2000);
    const second = await prepared(auth, valuesOf('b.example'));
    const [a, b] = await Promise.all(
      [first, second].map(
        async ({ values }) =>
          (await jwtVerify(values['token'] ?? '', createPublicKey(keys.p256), { currentDate: new Date(clock.now()) })).payload,
      ),
    );
    assert.deepEqual([a?.jti, b?.jti], ['uuid-1', 'uuid-2']);
    assert.deepEqual([a?.sub, b?.sub], ['x;renew=1"}', 'b.example']);
    assert.deepEqual([a?.exp, b?.iat], [now / 1000 + 90, now / 1000 + 2]);
    assert.equal(auth.refused(second), false);
    for (const { values } of [first, second]) assert.ok(auth.secrets().includes(values['token'] ?? ''));
    assert.ok(!auth.secrets().includes('a.example'));
    assert.deepEqual(auth.preview(valuesOf()).values, { token: '***' });
  });

  test('with the times that the issuer writes, as numbers', async () => {
    const written = { claims: { iat: '{{ now.unix }}', nbf: 1_799_999_000, exp: '{{ now.unix | json }}', jti: 'mine' } };
    const token = await jwtOf(written, { data: { 'private-key': keys.p256 } });
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown;
    assert.deepEqual(payload, { iat: now / 1000, nbf: 1_799_999_000, exp: now / 1000, jti: 'mine' });
  });
});

describe('a JWT is refused', () => {
  const cert = certificateOf(keys.p384);
  const cases: readonly (readonly [string, object, Record<string, string>, string, RegExp])[] = [
    [
      'without a key',
      {},
      { 'tls.crt': 'x' },
      'AuthError',
      /one of the keys private-key, tls\.key, which Secret "pki-auth" in namespace "pki" has not; it has tls\.crt/,
    ],
    [
      'without a shared key',
      { algorithm: 'HS256' },
      { 'private-key': keys.p256 },
      'AuthError',
      /needs key secret, which Secret/,
    ],
    ['with an empty shared key', { algorithm: 'HS256' }, { secret: '\n' }, 'AuthError', /key secret: is empty/],
    [
      'with a shared key and x5c',
      { algorithm: 'HS256', x5c: true },
      { secret: 'a' },
      'ConfigError',
      /pki\.auth\.jwt\.x5c: a shared key/,
    ],
    [
      'with another kind of key',
      { algorithm: 'ES256' },
      { 'private-key': keys.rsa },
      'AuthError',
      /key private-key: is a key for RS256 or PS256, but pki\.auth\.jwt\.algorithm is ES256/,
    ],
    ['with a short RSA key', {}, { 'private-key': keys.rsa1024 }, 'AuthError', /is an RSA key of 1024 bits; tokens need 2048/],
    [
      'with an unusual curve',
      {},
      { 'private-key': keys.secp256k1 },
      'AuthError',
      /key private-key: is a key of a kind that signs no tokens/,
    ],
    [
      'with an encrypted key',
      {},
      { 'private-key': keys.encrypted },
      'AuthError',
      /key private-key: is encrypted; store it decrypted/,
    ],
    ['with no key at all', {}, { 'private-key': 's3cret' }, 'AuthError', /key private-key: is no PEM private key/],
    [
      'with a broken key',
      {},
      { 'private-key': '-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----' },
      'AuthError',
      /key private-key: cannot be read/,
    ],
    ['without the certificates of x5c', { x5c: true }, { 'tls.key': keys.p256 }, 'AuthError', /needs key tls\.crt/],
    [
      'with no certificate in x5c',
      { x5c: true },
      { 'tls.key': keys.p256, 'tls.crt': 'x' },
      'AuthError',
      /key tls\.crt: holds no certificate/,
    ],
    [
      'with another certificate in x5c',
      { x5c: true },
      { 'tls.key': keys.p256, 'tls.crt': cert },
      'AuthError',
      /key tls\.crt: its first certificate is not that of the private key in Secret.*key tls\.key/,
    ],
    [
      'with an unknown placeholder',
      { claims: { sub: '{{ subject.comonName }}' } },
      { 'private-key': keys.p256 },
      'ConfigError',
      /pki\.auth\.jwt\.claims\.sub: .*commonName/,
    ],
    [
      'with a key of the Secret that is missing',
      { claims: { iss: '{{ secret.iss }}' } },
      { 'private-key': keys.p256 },
      'AuthError',
      /the template in pki\.auth\.jwt\.claims needs key iss, which Secret/,
    ],
  ];
  for (const [name, written, data, code, message] of cases) {
    test(name, () => {
      const problem = problemOf({ type: 'jwt', jwt: { claims, ...written } }, { data });
      assert.equal(problem.code, code);
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /s3cret|MII/);
    });
  }

  const late: readonly (readonly [string, unknown, string, string, RegExp])[] = [
    [
      'where this request lacks a value',
      { team: '{{ request.annotations.team }}' },
      'failed',
      'RequestIncomplete',
      /^pki\.auth\.jwt\.claims\.team: .*annotation "team"/,
    ],
    ['where the claims are no mapping', ['a'], 'issuer-broken', 'ConfigError', /pki\.auth\.jwt\.claims: must be a mapping/],
    [
      'where a time is no number',
      { exp: 'tomorrow' },
      'issuer-broken',
      'ConfigError',
      /pki\.auth\.jwt\.claims\.exp: must be seconds/,
    ],
  ];
  for (const [name, wrong, outcome, code, message] of late) {
    test(name, async () => {
      const auth = opened({ type: 'jwt', jwt: { claims: wrong } }, { data: { 'private-key': keys.p256 } });
      const failure = await failureOf(auth);
      assert.deepEqual([failure.outcome, failure.code], [outcome, code]);
      assert.match(failure.message, message);
    });
  }

  test('after the caller has given up', async () => {
    const auth = opened({ type: 'jwt', jwt: { claims } }, { data: { 'private-key': keys.p256 } });
    const reason = new Error('gone');
    const giving = auth.prepare(valuesOf(), contextOf(undefined, AbortSignal.abort(reason)));
    await assert.rejects(giving, (error) => error === reason);
  });
});
