import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applied, open, opened, prepared, problemOf, requestOf, type WorldOptions } from './support/auth-world.ts';

const all = { token: 't0', 'api-token': 't1', 'api-key': 't2', password: 't3', apiKey: 't4' };
const without = (...keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));

describe('a single value goes', () => {
  const cases: readonly (readonly [string, object, WorldOptions, readonly [string, string]])[] = [
    ['as bearer token into Authorization', { type: 'bearer' }, { data: all }, ['authorization', 'Bearer t0']],
    ['from api-token', { type: 'bearer' }, { data: without('token') }, ['authorization', 'Bearer t1']],
    ['from api-key', { type: 'bearer' }, { data: without('token', 'api-token') }, ['authorization', 'Bearer t2']],
    ['from password', { type: 'bearer' }, { data: { password: 't3', apiKey: 't4' } }, ['authorization', 'Bearer t3']],
    ['from apiKey', { type: 'bearer' }, { data: { apiKey: 't4\n' } }, ['authorization', 'Bearer t4']],
    [
      'from the key that is named',
      { type: 'bearer' },
      { data: { ...all, mine: 'm' }, secretKey: 'mine' },
      ['authorization', 'Bearer m'],
    ],
    ['without a prefix into another header', { type: 'bearer', headerName: 'X-Token' }, { data: all }, ['x-token', 't0']],
    ['as API key into X-API-Key', { type: 'apiKey' }, { data: all }, ['x-api-key', 't0']],
    ['into X-API-Key', { type: 'header' }, { data: all }, ['x-api-key', 't0']],
    ['into the header of the Secret', { type: 'header' }, { data: { ...all, 'api-key-header': 'X-Mine' } }, ['x-mine', 't0']],
    [
      'into the header of the issuer first',
      { type: 'header', headerName: 'X-Issuer' },
      { data: { ...all, 'api-key-header': 'X-Mine' } },
      ['x-issuer', 't0'],
    ],
    ['with a prefix', { type: 'header', headerPrefix: 'Token ' }, { data: all }, ['x-api-key', 'Token t0']],
    [
      'with "Bearer " in Authorization',
      { type: 'header', headerName: 'authorization' },
      { data: all },
      ['authorization', 'Bearer t0'],
    ],
    [
      'with another scheme in Authorization',
      { type: 'header', headerName: 'Authorization', headerPrefix: '' },
      { data: { token: 'ApiKey abc' } },
      ['authorization', 'ApiKey abc'],
    ],
  ];
  for (const [name, written, options, header] of cases) {
    test(name, async () => {
      const auth = opened(written, options);
      const credentials = await prepared(auth);
      const request = applied(credentials, requestOf('x', 'text/plain'));
      assert.deepEqual([...request.headers], [['content-type', 'text/plain'], header]);
      assert.equal(request.url.search, '');
      assert.equal(auth.refused(credentials), false);
    });
  }

  test('only where the template has it, if that is wished', async () => {
    const auth = opened({ type: 'bearer', in: 'template' }, { data: all });
    const credentials = await prepared(auth);
    assert.deepEqual(credentials.values, { token: 't0' });
    assert.deepEqual(applied(credentials), requestOf());
  });

  test('nowhere in a preview, which shows its place', () => {
    const preview = opened({ type: 'bearer' }, { data: all }).preview(undefined as never);
    assert.deepEqual(preview.values, { token: '***' });
    assert.equal(applied(preview).headers.get('authorization'), 'Bearer ***');
  });
});

describe('a single value is refused', () => {
  const cases: readonly (readonly [string, object, WorldOptions, string, RegExp])[] = [
    [
      'without a Secret',
      { type: 'bearer' },
      {},
      'AuthError',
      /bearer needs a Secret with one of the keys token, api-token.*authSecretRef/,
    ],
    [
      'without a known key',
      { type: 'bearer' },
      { data: { tocken: 'x', other: 'y' } },
      'AuthError',
      /one of the keys token, api-token, api-key, password, apiKey, which Secret "pki-auth" in namespace "pki" has not; it has tocken, other/,
    ],
    [
      'without the key that is named',
      { type: 'header' },
      { data: all, secretKey: 'mine' },
      'AuthError',
      /needs key mine, which Secret/,
    ],
    ['where the Secret is empty', { type: 'header' }, { data: {} }, 'AuthError', /it has no keys/],
    ['where it is empty', { type: 'bearer' }, { data: { token: ' \n' } }, 'AuthError', /key token: is empty/],
    [
      'where it is binary',
      { type: 'bearer' },
      { data: { token: Uint8Array.of(255, 254, 253) } },
      'AuthError',
      /key token: is not UTF-8/,
    ],
    [
      'with its scheme',
      { type: 'bearer' },
      { data: { token: 'Bearer secret-1' } },
      'AuthError',
      /key token: holds a blank.*without "Bearer"/,
    ],
    [
      'with a line break',
      { type: 'header' },
      { data: { token: 'secret-1\nX: y' } },
      'AuthError',
      /key token: holds a line break/,
    ],
    ['with a letter outside ASCII', { type: 'apiKey' }, { data: { token: 'sécret-1' } }, 'AuthError', /not ASCII/],
    [
      'for a bad header of the Secret',
      { type: 'header' },
      { data: { ...all, 'api-key-header': 'X Y' } },
      'AuthError',
      /api-key-header: is not the name of a header/,
    ],
    [
      'for the header Host',
      { type: 'header', headerName: 'Host' },
      { data: all },
      'ConfigError',
      /headerName: host belongs to the HTTP message/,
    ],
    [
      'in a query without a name',
      { type: 'apiKey', in: 'query' },
      { data: all },
      'ConfigError',
      /pki\.auth\.name: required where in is query/,
    ],
    ['in a header with a name', { type: 'apiKey', name: 'k' }, { data: all }, 'ConfigError', /pki\.auth\.name: means nothing/],
    [
      'in a query with a header',
      { type: 'apiKey', in: 'query', name: 'k', headerName: 'A' },
      { data: all },
      'ConfigError',
      /headerName: means nothing/,
    ],
    [
      'in a body with a prefix',
      { type: 'apiKey', in: 'body', name: 'k', headerPrefix: 'A' },
      { data: all },
      'ConfigError',
      /headerPrefix: means nothing/,
    ],
  ];
  for (const [name, written, options, code, message] of cases) {
    test(name, () => {
      const problem = problemOf(written, options);
      assert.equal(problem.code, code);
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /secret-1|t0/);
    });
  }
});

describe('the type auto', () => {
  const cases: readonly (readonly [string, WorldOptions, readonly [string, string] | undefined])[] = [
    ['sends nothing without a Secret', {}, undefined],
    ['takes token as bearer token', { data: { token: 'a', username: 'u', password: 'p' } }, ['authorization', 'Bearer a']],
    ['takes api-token as bearer token', { data: { 'api-token': 'a', 'api-key': 'k' } }, ['authorization', 'Bearer a']],
    [
      'takes username and password',
      { data: { username: 'u', password: 'p', 'api-key': 'k' } },
      ['authorization', `Basic ${btoa('u:p')}`],
    ],
    ['takes api-key into its header', { data: { 'api-key': 'k', 'api-key-header': 'X-K' } }, ['x-k', 'k']],
    ['leaves client-cert and client-key to TLS', { data: { 'client-cert': 'c', 'client-key': 'k' } }, undefined],
    ['takes a key that is named as bearer token', { data: { mine: 'm' }, secretKey: 'mine' }, ['authorization', 'Bearer m']],
  ];
  for (const [name, options, header] of cases) {
    test(name, async () => {
      const request = applied(await prepared(opened({ type: 'auto' }, options)));
      assert.deepEqual([...request.headers], header === undefined ? [] : [header]);
    });
  }

  test('names the keys that it looks for, and those that are there', () => {
    const problem = problemOf({ type: 'auto' }, { data: { user: 'secret-1', password: 'secret-2' } });
    assert.equal(problem.code, 'AuthError');
    assert.match(
      problem.message,
      /Secret "pki-auth" in namespace "pki".*token or api-token.*username and password.*api-key.*client-cert.*has user, password/,
    );
    assert.doesNotMatch(problem.message, /secret-/);
  });
});

describe('the type none', () => {
  test('changes nothing, and hides what templates may use of the Secret', async () => {
    const auth = opened({}, { data: { pin: '1234', username: 'u' } });
    assert.deepEqual(applied(await prepared(auth)), requestOf());
    assert.deepEqual(auth.secrets(), ['1234']);
  });

  test('has no use for a key of the Secret', () => {
    assert.match(problemOf({}, { data: { pin: '1' }, secretKey: 'pin' }).message, /pki\.auth\.type: is none, so the key "pin"/);
  });

  test('needs no block, and each type that has one needs it', () => {
    assert.ok(open({ type: 'none' }).ok);
    for (const type of ['oauth2', 'jwt', 'hmac', 'login']) {
      assert.deepEqual(problemOf({ type }), {
        code: 'ConfigError',
        message: `pki.auth.${type}: required where type is ${type}`,
      });
    }
  });
});
