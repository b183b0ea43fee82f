import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { caveatsOf, clientSettings } from '../../../../../src/signers/http-pki/network/settings.ts';
import type { PkiConfig } from '../../../../../src/signers/http-pki/schema/schema.ts';
import { type Pair, type TestCA, testCA } from '../../network/support/certificates.ts';
import { config, references, secret } from './support/config.ts';

describe('the settings of a client', () => {
  let ca: TestCA;
  let pair: Pair;
  before(async () => {
    ca = await testCA();
    pair = await ca.issue(['DNS:us.test']);
  });

  test('come from the configuration', () => {
    const settings = clientSettings(
      config({
        tls: { serverName: 'pki.internal', minVersion: 'TLSv1.3', insecureSkipVerify: true, allowPlaintext: true },
        network: {
          proxy: 'http://me:secret@proxy.test:3128',
          connectTimeout: '3s',
          responseTimeout: '4s',
          maxResponseBytes: 2048,
        },
      }),
      references({}),
    );
    assert.deepEqual(settings, {
      ok: true,
      value: {
        tls: { serverName: 'pki.internal', minVersion: 'TLSv1.3', insecureSkipVerify: true, allowPlaintext: true },
        proxy: new URL('http://me:secret@proxy.test:3128'),
        caHosts: ['pki.test'],
        connectTimeoutMs: 3000,
        responseTimeoutMs: 4000,
        maxResponseBytes: 2048,
      },
    });
  });

  test('have defaults', () => {
    const settings = clientSettings(config(), references({}));
    assert.deepEqual(settings, {
      ok: true,
      value: {
        tls: { minVersion: 'TLSv1.2', insecureSkipVerify: false, allowPlaintext: false },
        caHosts: ['pki.test'],
        connectTimeoutMs: 10_000,
        responseTimeoutMs: 30_000,
        maxResponseBytes: 1_048_576,
      },
    });
    const none = clientSettings(config({ network: { proxy: 'none' } }), references({}));
    assert.equal(none.ok && none.value.proxy, 'none');
  });

  const timeCases: readonly (readonly [string, object, readonly [number, number]])[] = [
    ['the whole time', { network: { timeout: '5s' } }, [5000, 5000]],
    [
      'half of it to connect, where there is a second address',
      { backupUrl: 'https://b.test', network: { timeout: '5s' } },
      [2500, 5000],
    ],
    ['what is written, where that is less', { backupUrl: 'https://b.test', network: { connectTimeout: '2s' } }, [2000, 30_000]],
  ];
  for (const [what, parts, times] of timeCases) {
    test(`allow the parts of a call ${what}`, () => {
      const settings = clientSettings(config({ ...parts }), references({}));
      assert.ok(settings.ok);
      assert.deepEqual([settings.value.connectTimeoutMs, settings.value.responseTimeoutMs], times);
    });
  }

  test('have the bundle of a Secret or a ConfigMap, normalised', () => {
    const written = `# our CA\r\n${ca.pem.replaceAll('\n', '\r\n')}\nand again\n${ca.pem}`;
    for (const [field, key] of [
      ['caSecretRef', undefined],
      ['caConfigMapRef', 'bundle.pem'],
    ] as const) {
      const tls = { [field]: { name: 'pki-ca', ...(key === undefined ? {} : { key }) } };
      const settings = clientSettings(config({ tls }), references({ 'tls.ca': secret({ [key ?? 'ca.crt']: written }) }));
      assert.equal(settings.ok && settings.value.tls.caPem, ca.pem + ca.pem);
    }
  });

  const pairs: readonly { readonly what: string; readonly key?: string; readonly names: readonly [string, string] }[] = [
    { what: 'as cert-manager writes it', names: ['tls.crt', 'tls.key'] },
    { what: 'under client-cert and client-key', names: ['client-cert', 'client-key'] },
    { what: 'under a key of its own, with the key beside it', key: 'web.crt', names: ['web.crt', 'web.key'] },
    { what: 'under a key of its own, with tls.key', key: 'web.crt', names: ['web.crt', 'tls.key'] },
    { what: 'under client-cert by name', key: 'client-cert', names: ['client-cert', 'client-key'] },
    { what: 'under a key without an ending', key: 'cert', names: ['cert', 'client-key'] },
  ];
  for (const { what, key, names } of pairs) {
    test(`have the client certificate ${what}`, () => {
      const clientCertSecretRef = { name: 'us', ...(key === undefined ? {} : { key }) };
      const data = secret({ [names[0]]: `${pair.cert}${ca.pem}`, [names[1]]: pair.key, other: 'x' });
      const settings = clientSettings(config({ tls: { clientCertSecretRef } }), references({ 'tls.client': data }));
      assert.ok(settings.ok, settings.ok ? '' : settings.error.message);
      assert.equal(settings.value.tls.certPem, pair.cert + ca.pem);
      assert.equal(settings.value.tls.keyPem, pair.key);
    });
  }

  test('have the client certificate of the Secret of the credential, where it holds both parts', () => {
    const both = secret({ 'client-cert': pair.cert, 'client-key': pair.key, token: 'x' });
    const bearer = config({ auth: { type: 'bearer' } });
    const certOf = (settings: ReturnType<typeof clientSettings>) => settings.ok && settings.value.tls.certPem;
    assert.equal(certOf(clientSettings(bearer, { references: new Map(), authSecret: both })), pair.cert);
    assert.equal(certOf(clientSettings(bearer, references({ auth: both }))), pair.cert);
    const half = secret({ 'client-cert': 'nonsense', token: 'x' });
    assert.equal(certOf(clientSettings(bearer, { references: new Map(), authSecret: half })), undefined);
    const kubernetes = secret({ 'tls.crt': pair.cert, 'tls.key': pair.key });
    assert.equal(certOf(clientSettings(config(), { references: new Map(), authSecret: kubernetes })), pair.cert);
    const signing = config({ auth: { type: 'jwt', jwt: { claims: {} } } });
    assert.equal(certOf(clientSettings(signing, { references: new Map(), authSecret: kubernetes })), undefined);
  });

  const wrongProxies = [
    'proxy.example.com:3128',
    'socks5://proxy.test',
    'http://',
    'http:proxy.test',
    'NONE',
    'http://a:b%@proxy.test',
  ];
  for (const proxy of wrongProxies) {
    test(`refuse the proxy ${proxy}`, () => {
      const settings = clientSettings(config({ network: { proxy } }), references({}));
      assert.ok(!settings.ok);
      assert.match(settings.error.message, /^network\.proxy .*write/);
      assert.ok(!settings.error.message.includes('b%'));
    });
  }
});

describe('the caveats of an issuer', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[], RegExp])[] = [
    ['none', {}, [], /^$/],
    ['none where plain text is allowed and not used', { tls: { allowPlaintext: true } }, [], /^$/],
    ['that any server is believed', { tls: { insecureSkipVerify: true } }, ['InsecureSkipVerify'], /any server may answer/],
    ['plain text', { baseUrl: 'http://pki.test', tls: { allowPlaintext: true } }, ['Plaintext'], /^baseUrl begins with http/],
    [
      'plain text of the second address',
      { backupUrl: 'http://b.test', tls: { allowPlaintext: true } },
      ['Plaintext'],
      /^backupUrl begins with http/,
    ],
    [
      'plain text of the token endpoint',
      {
        auth: { type: 'oauth2', oauth2: { tokenUrl: 'http://login.test/token' } },
        tls: { allowPlaintext: true },
      },
      ['Plaintext'],
      /^auth\.oauth2\.tokenUrl begins with http/,
    ],
    [
      'both',
      { baseUrl: 'http://a.test', backupUrl: 'http://b.test', tls: { allowPlaintext: true, insecureSkipVerify: true } },
      ['InsecureSkipVerify', 'Plaintext'],
      /baseUrl and backupUrl begin with http/,
    ],
  ];
  for (const [what, parts, codes, words] of cases) {
    test(`are ${what}`, () => {
      const caveats = caveatsOf(config(parts));
      assert.deepEqual(
        caveats.map(({ code }) => code),
        codes,
      );
      assert.match(caveats.map(({ message }) => message).join(' '), words);
    });
  }

  test('do not arise from the address of a file, or of nothing: a token endpoint is one of HTTP', () => {
    for (const tokenUrl of ['file:///etc/passwd', 'login.example']) {
      assert.throws(() => config({ auth: { type: 'oauth2', oauth2: { tokenUrl } } }), /begins with https/);
    }
  });

  for (const spelt of [
    'HTTP://a.test',
    ' http://a.test',
    'http:/a.test',
    'http:a.test',
    'ht\ntp://a.test',
    '\u0000http://a.test',
  ]) {
    test(`are plain text however it is spelt: ${JSON.stringify(spelt)}`, () => {
      const parsed = config({ auth: { type: 'oauth2', oauth2: { tokenUrl: 'https://a.test' } } });
      for (const fields of [
        { baseUrl: spelt },
        { backupUrl: spelt },
        { auth: { ...parsed.auth, oauth2: { ...parsed.auth.oauth2, tokenUrl: spelt } } },
      ]) {
        const [caveat] = caveatsOf({ ...parsed, ...fields } as PkiConfig);
        assert.equal(caveat?.code, 'Plaintext');
      }
    });

    test(`do not arise from an address that is spelt ${JSON.stringify(spelt)}: it is refused as such`, () => {
      assert.throws(() => config({ baseUrl: spelt }));
      assert.throws(() => config({ backupUrl: spelt }));
      assert.throws(() => config({ auth: { type: 'oauth2', oauth2: { tokenUrl: spelt } } }));
    });
  }
});
