import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  applied,
  failureOf,
  opened,
  prepared,
  problemOf,
  requestOf,
  valuesOf,
  type WorldOptions,
} from './support/auth-world.ts';
import { openssl } from '../../../x509/tools.ts';

const hexKey = '0123456789ABCDEF0123456789ABCDEF';

describe('CFSSL authsign', () => {
  const auth = opened(
    {
      type: 'hmac',
      hmac: { keyEncoding: 'hex', payload: { certificate_request: '{{ csr.pem }}', profile: 'www' } },
    },
    { data: { 'hmac-key': `${hexKey}\n` } },
  );
  const signed =
    '{"certificate_request":"-----BEGIN CERTIFICATE REQUEST-----\\nAAAA\\n-----END CERTIFICATE REQUEST-----\\n","profile":"www"}';

  test('gets the payload and its signature, as openssl makes it', async () => {
    const { values } = await prepared(auth);
    assert.equal(values['payload'], Buffer.from(signed).toString('base64'));
    const mac = openssl(['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${hexKey}`, '-hex', 'r'], { r: signed });
    const hex = /= ([0-9a-f]{64})/.exec(mac)?.[1] ?? '';
    assert.equal(values['signature'], Buffer.from(hex, 'hex').toString('base64'));
    assert.equal(values['signature'], 'fNsIqcFbnLN+ixDn7BJbcjmQ47Pk/LEVEPyHHdBT+4g=');
  });

  test('gets nothing else: the body holds both by itself', async () => {
    const request = requestOf('{}', 'application/json');
    assert.deepEqual(applied(await prepared(auth), request), request);
  });

  test('shows the payload in a preview, and no signature', () => {
    assert.deepEqual(auth.preview(valuesOf()).values, { payload: Buffer.from(signed).toString('base64'), signature: '***' });
  });
});

describe('a signature', () => {
  const body = 'csr=AAAA&x=ä';
  const mac = (key: string | Uint8Array, algorithm: string, encoding: 'base64' | 'hex'): string =>
    createHmac(algorithm, key).update(body).digest(encoding);
  const cases: readonly (readonly [string, object, object, WorldOptions, readonly [string, string]])[] = [
    [
      'of the body goes into X-Signature',
      {},
      {},
      { data: { 'hmac-key': 'k1 \n' } },
      ['x-signature', mac('k1', 'sha256', 'base64')],
    ],
    [
      'is made with the key that is named, in hexadecimal',
      { algorithm: 'sha512', signatureEncoding: 'hex' },
      { headerName: 'X-Hub-Signature', headerPrefix: 'sha512=' },
      { data: { mine: 'k2' }, secretKey: 'mine' },
      ['x-hub-signature', `sha512=${mac('k2', 'sha512', 'hex')}`],
    ],
    [
      'is made with bytes that are no text',
      { algorithm: 'sha384' },
      {},
      { data: { 'hmac-key': Uint8Array.of(255, 0, 10) } },
      ['x-signature', mac(Uint8Array.of(255, 0, 10), 'sha384', 'base64')],
    ],
    [
      'is made with a key in base64',
      { keyEncoding: 'base64' },
      {},
      { data: { 'hmac-key': '/+8=' } },
      ['x-signature', mac(Uint8Array.of(255, 239), 'sha256', 'base64')],
    ],
    [
      'has no "Bearer " in Authorization',
      {},
      { headerName: 'Authorization' },
      { data: { 'hmac-key': 'k' } },
      ['authorization', mac('k', 'sha256', 'base64')],
    ],
  ];
  for (const [name, hmac, written, options, header] of cases) {
    test(name, async () => {
      const auth = opened({ type: 'hmac', hmac, ...written }, options);
      const request = applied(await prepared(auth), requestOf(body, 'text/plain'));
      assert.deepEqual([...request.headers].at(-1), header);
      assert.equal([...applied(auth.preview(valuesOf()), requestOf()).headers.values()].at(-1)?.endsWith('***'), true);
    });
  }

  test('of nothing is that of no bytes, and may be a parameter', async () => {
    const auth = opened(
      { type: 'hmac', in: 'query', name: 'sig', hmac: { signatureEncoding: 'hex' } },
      { data: { 'hmac-key': 'k' } },
    );
    const sig = createHmac('sha256', 'k').digest('hex');
    assert.equal(applied(await prepared(auth)).url.search, `?sig=${sig}`);
  });

  test('of a payload goes into a header that is named', async () => {
    const auth = opened({ type: 'hmac', headerName: 'X-Sig', hmac: { payload: { a: 1 } } }, { data: { 'hmac-key': 'k' } });
    const credentials = await prepared(auth);
    assert.equal(applied(credentials).headers.get('x-sig'), credentials.values['signature']);
  });

  const refused: readonly (readonly [string, object, object, Record<string, string>, string, RegExp])[] = [
    [
      'without its key',
      {},
      {},
      { token: 's3cret' },
      'AuthError',
      /hmac needs key hmac-key, which Secret "pki-auth" in namespace "pki" has not; it has token/,
    ],
    ['with an empty key', {}, {}, { 'hmac-key': '\n' }, 'AuthError', /key hmac-key: is empty/],
    [
      'with half a byte',
      { keyEncoding: 'hex' },
      {},
      { 'hmac-key': 'abc' },
      'AuthError',
      /key hmac-key: is not hex, which pki\.auth\.hmac\.keyEncoding says/,
    ],
    [
      'with what is no base64',
      { keyEncoding: 'base64' },
      {},
      { 'hmac-key': 's3cret!' },
      'AuthError',
      /key hmac-key: is not base64/,
    ],
    [
      'of the body in the body',
      {},
      { in: 'body', name: 'sig' },
      { 'hmac-key': 'k' },
      'ConfigError',
      /pki\.auth\.in: is body, but a signature of the body/,
    ],
    ['of the body in a template', {}, { in: 'template' }, { 'hmac-key': 'k' }, 'ConfigError', /set pki\.auth\.hmac\.payload/],
    [
      'of a payload that does not compile',
      { payload: { a: '{{ nothing }}' } },
      {},
      { 'hmac-key': 'k' },
      'ConfigError',
      /pki\.auth\.hmac\.payload\.a/,
    ],
  ];
  for (const [name, hmac, written, data, code, message] of refused) {
    test(`is refused ${name}`, () => {
      const problem = problemOf({ type: 'hmac', hmac, ...written }, { data });
      assert.equal(problem.code, code);
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /s3cret/);
    });
  }

  test('fails for a request that lacks a value of the payload', async () => {
    const auth = opened({ type: 'hmac', hmac: { payload: { t: '{{ request.labels.team }}' } } }, { data: { 'hmac-key': 'k' } });
    const { outcome, code, message } = await failureOf(auth);
    assert.deepEqual([outcome, code], ['failed', 'RequestIncomplete']);
    assert.match(message, /^pki\.auth\.hmac\.payload\.t: .*label "team"/);
  });
});
