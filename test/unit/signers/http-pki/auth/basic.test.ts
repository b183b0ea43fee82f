import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applied, opened, prepared, problemOf, type WorldOptions } from './support/auth-world.ts';

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

describe('Basic authentication', () => {
  const cases: readonly (readonly [string, WorldOptions, string])[] = [
    ['joins username and password', { data: { username: 'u\n', password: 'p:ä\n' } }, 'u:p:ä'],
    [
      'takes the password of the key that is named',
      { data: { username: 'u', password: 'p', pin: '1' }, secretKey: 'pin' },
      'u:1',
    ],
    ['takes one value user:password of key password', { data: { password: 'u:p:q' } }, 'u:p:q'],
    ['takes one value of key token first', { data: { token: 'a:b', password: 'c:d' } }, 'a:b'],
    ['takes one value of the key that is named', { data: { token: 'a:b', mine: 'm:n' }, secretKey: 'mine' }, 'm:n'],
    ['takes an empty password of one value', { data: { password: 'u:' } }, 'u:'],
  ];
  for (const [name, options, pair] of cases) {
    test(name, async () => {
      const auth = opened({ type: 'basic' }, options);
      const credentials = await prepared(auth);
      assert.equal(applied(credentials).headers.get('authorization'), `Basic ${encode(pair)}`);
      assert.ok(auth.secrets().includes(encode(pair)), 'what is sent is masked');
      assert.equal(applied(auth.preview(undefined as never)).headers.get('authorization'), 'Basic ***');
    });
  }

  test('is a value for templates, where that is wished', async () => {
    const credentials = await prepared(opened({ type: 'basic', in: 'template' }, { data: { password: 'u:p' } }));
    assert.deepEqual(credentials.values, { token: encode('u:p') });
    assert.equal(applied(credentials).headers.size, 0);
  });

  const refused: readonly (readonly [string, object, WorldOptions, string, RegExp])[] = [
    ['without a Secret', {}, {}, 'AuthError', /basic needs a Secret with one of the keys username, password/],
    [
      'without keys',
      {},
      { data: { user: 'u' } },
      'AuthError',
      /keys username and password, or one value "user:password" in token,.*Secret "pki-auth" in namespace "pki"; it has user/,
    ],
    ['without a password', {}, { data: { username: 'u' } }, 'AuthError', /needs key password, which Secret "pki-auth"/],
    [
      'with one value without a colon',
      {},
      { data: { password: 's3cret' } },
      'AuthError',
      /key password: is not "user:password"/,
    ],
    [
      'with a colon in the user name',
      {},
      { data: { username: 'u:s3cret', password: 'p' } },
      'AuthError',
      /key username: has a colon.*RFC 7617/,
    ],
    [
      'with a line break in the password',
      {},
      { data: { username: 'u', password: 's3\ncret' } },
      'AuthError',
      /key password: has a line break/,
    ],
    [
      'with a line break in one value',
      {},
      { data: { password: 'u:s3\r\ncret' } },
      'AuthError',
      /key password: has a line break/,
    ],
    [
      'in a query',
      { in: 'query', name: 'a' },
      { data: { password: 'u:p' } },
      'ConfigError',
      /pki\.auth\.in: is query, but Basic/,
    ],
  ];
  for (const [name, written, options, code, message] of refused) {
    test(`is refused ${name}`, () => {
      const problem = problemOf({ type: 'basic', ...written }, options);
      assert.equal(problem.code, code);
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /s3/);
    });
  }
});
