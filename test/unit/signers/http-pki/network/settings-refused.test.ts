import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { clientSettings } from '../../../../../src/signers/http-pki/network/settings.ts';
import { type Pair, type TestCA, testCA } from '../../network/support/certificates.ts';
import { config, references, secret } from './support/config.ts';

describe('settings that cannot be used', () => {
  let ca: TestCA;
  let pair: Pair;
  let other: Pair;
  before(async () => {
    ca = await testCA();
    [pair, other] = [await ca.issue(['DNS:us.test']), await ca.issue(['DNS:other.test'])];
  });

  interface Wrong {
    readonly what: string;
    readonly tls?: object;
    readonly data?: () => Readonly<Record<string, string>>;
    readonly auth?: true;
    readonly words: RegExp;
  }
  const encrypted = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'p' })
      .toString();
  const wrongs: readonly Wrong[] = [
    {
      what: 'a bundle that is not there',
      tls: { caSecretRef: { name: 'x' } },
      data: () => ({}),
      words: /^tls\.caSecretRef: there is no key ca\.crt in Secret "tls-of-us"/,
    },
    {
      what: 'a bundle without a certificate',
      tls: { caSecretRef: { name: 'x' } },
      data: () => ({ 'ca.crt': 'words' }),
      words: /key ca\.crt of Secret .* holds no certificate/,
    },
    {
      what: 'a bundle that is cut',
      tls: { caConfigMapRef: { name: 'x' } },
      data: () => ({ 'ca.crt': ca.pem.slice(0, 200) }),
      words: /^tls\.caConfigMapRef: key ca\.crt .* cannot be read/,
    },
    {
      what: 'a bundle that is no certificate inside',
      tls: { caSecretRef: { name: 'x' } },
      data: () => ({ 'ca.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }),
      words: /no X\.509 certificate/,
    },
    {
      what: 'a bundle with a private key',
      tls: { caSecretRef: { name: 'x' } },
      data: () => ({ 'ca.crt': ca.pem + pair.key }),
      words: /holds a block PRIVATE KEY/,
    },
    {
      what: 'a bundle that was not read',
      tls: { caSecretRef: { name: 'x' } },
      words: /tls\.caSecretRef: the object it names was not read/,
    },
    {
      what: 'a client certificate that was not read',
      tls: { clientCertSecretRef: { name: 'x' } },
      words: /the Secret it names was not read/,
    },
    {
      what: 'an empty Secret',
      tls: { clientCertSecretRef: { name: 'x' } },
      data: () => ({}),
      words: /^tls\.clientCertSecretRef: there is no key tls\.crt of Secret/,
    },
    {
      what: 'a certificate without a key',
      tls: { clientCertSecretRef: { name: 'x' } },
      data: () => ({ 'client-cert': pair.cert }),
      words: /there is no key client-key of Secret/,
    },
    {
      what: 'a key of another certificate',
      tls: { clientCertSecretRef: { name: 'x' } },
      data: () => ({ 'tls.crt': pair.cert, 'tls.key': other.key }),
      words: /key tls\.key of Secret .* does not belong to the certificate under tls\.crt/,
    },
    {
      what: 'a key that is none',
      tls: { clientCertSecretRef: { name: 'x' } },
      data: () => ({ 'tls.crt': pair.cert, 'tls.key': 'hush' }),
      words: /tls\.key of Secret .* is not a private key in PEM/,
    },
    {
      what: 'a certificate in place of the key',
      tls: { clientCertSecretRef: { name: 'x' } },
      data: () => ({ 'tls.crt': pair.cert, 'tls.key': pair.cert }),
      words: /is not a private key/,
    },
    {
      what: 'an encrypted key',
      tls: { clientCertSecretRef: { name: 'x' } },
      data: () => ({ 'tls.crt': pair.cert, 'tls.key': encrypted() }),
      words: /encrypted private key; store it without a passphrase/,
    },
    {
      what: 'a certificate that is none',
      tls: { clientCertSecretRef: { name: 'x' } },
      data: () => ({ 'tls.crt': 'hush', 'tls.key': pair.key }),
      words: /tls\.crt of Secret .* holds no certificate/,
    },
    {
      what: 'a bad pair in the Secret of the credential',
      auth: true,
      data: () => ({ 'client-cert': pair.cert, 'client-key': other.key }),
      words: /^authSecretRef: key client-key/,
    },
  ];
  for (const { what, tls = {}, data, auth, words } of wrongs) {
    test(`refuse ${what}`, () => {
      const object = data === undefined ? undefined : secret(data());
      const objects =
        object === undefined || auth
          ? new Map()
          : new Map([
              ['tls.ca', object],
              ['tls.client', object],
            ]);
      const input = { references: objects, ...(auth && object ? { authSecret: object } : {}) };
      const settings = clientSettings(config({ tls }), input);
      assert.ok(!settings.ok);
      assert.equal(settings.error.code, 'ConfigError');
      assert.match(settings.error.message, words);
      assert.doesNotMatch(settings.error.message, /hush|AAAA|MII/);
    });
  }

  test('refuse a client certificate from the moment it expires', () => {
    const data = secret({ 'tls.crt': pair.cert, 'tls.key': pair.key });
    const read = (now: number) =>
      clientSettings(config({ tls: { clientCertSecretRef: { name: 'x' } } }), references({ 'tls.client': data }), now);
    assert.ok(read(Date.now() + 86_000_000).ok);
    const expired = read(Date.now() + 86_500_000);
    assert.ok(!expired.ok);
    assert.match(expired.error.message, /key tls\.crt of Secret .* expired at \d{4}-.*; renew/);
  });
});
