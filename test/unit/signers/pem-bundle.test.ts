import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPemBundle, readPemText } from '../../../src/signers/pem-bundle.ts';
import type { WrittenPemSource } from '../../../src/signers/pem-source.ts';
import type { ReferencedData } from '../../../src/signers/signer.ts';
import { keyPem, selfSigned } from './ca/support/fake-holder.ts';

const one = selfSigned(keyPem(), undefined, 10, 'One');
const two = selfSigned(keyPem(), undefined, 10, 'Two');
const secretRef = { name: 'roots' };

function objectOf(data: Readonly<Record<string, string>>): ReferencedData {
  return {
    where: 'Secret "roots" in namespace "pki"',
    data: new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)])),
  };
}

describe('a bundle of certificates', () => {
  const cases: readonly {
    readonly what: string;
    readonly source: WrittenPemSource;
    readonly data?: Readonly<Record<string, string>>;
    readonly pem: string;
  }[] = [
    { what: 'in the spec', source: { inline: one.certificatePem }, pem: one.certificatePem },
    {
      what: 'of a Secret is ca.crt before tls.crt',
      source: { secretRef },
      data: { 'tls.crt': two.certificatePem, 'ca.crt': one.certificatePem },
      pem: one.certificatePem,
    },
    {
      what: 'is tls.crt where there is no ca.crt, whatever is in tls.key',
      source: { configMapRef: secretRef },
      data: { 'tls.crt': two.certificatePem, 'tls.key': two.keyPem },
      pem: two.certificatePem,
    },
    {
      what: 'is the key that is named',
      source: { secretRef: { ...secretRef, key: 'old' } },
      data: { old: two.certificatePem, 'ca.crt': one.certificatePem },
      pem: two.certificatePem,
    },
    {
      what: 'has each certificate once, in its order, without what is around them',
      source: { inline: `Root:\r\n${two.certificatePem.replaceAll('\n', '\r\n')}${one.certificatePem}${two.certificatePem}` },
      pem: two.certificatePem + one.certificatePem,
    },
  ];
  for (const { what, source, data, pem } of cases) {
    test(what, () => {
      const bundle = readPemBundle(source, data === undefined ? undefined : objectOf(data), 'keyVault.ca');
      assert.deepEqual(bundle, { ok: true, value: pem });
    });
  }

  test('is none where none is written', () => {
    assert.deepEqual(readPemBundle(undefined, undefined, 'ca'), { ok: true, value: undefined });
    assert.deepEqual(readPemText(undefined, undefined, 'ca'), { ok: true, value: undefined });
  });

  const refused: readonly {
    readonly what: string;
    readonly source?: WrittenPemSource;
    readonly data?: Readonly<Record<string, string>>;
    readonly words: RegExp;
  }[] = [
    { what: 'nowhere', source: {}, words: /^keyVault\.ca: set one of secretRef, configMapRef and inline$/ },
    { what: 'in an object that was not read', words: /^keyVault\.ca\.secretRef: the object it names was not read; check/ },
    {
      what: 'under no key',
      data: { 'ca.pem': '' },
      words:
        /^keyVault\.ca\.secretRef: there is no key ca\.crt or tls\.crt in Secret "roots" .*set keyVault\.ca\.secretRef\.key$/,
    },
    {
      what: 'empty',
      data: { 'ca.crt': '' },
      words: /: key ca\.crt of Secret "roots" in namespace "pki" holds no certificate; write/,
    },
    {
      what: 'cut off',
      source: { inline: one.certificatePem.slice(0, 99) },
      words: /^keyVault\.ca\.inline cannot be read: .*END line/,
    },
    {
      what: 'with a private key',
      data: { 'ca.crt': one.certificatePem + one.keyPem },
      words: /"pki" holds a private key: remove/,
    },
    {
      what: 'with something else',
      data: { 'ca.crt': one.certificatePem.replaceAll('CERTIFICATE', 'X509 CRL') },
      words: /holds a block X509 CRL; only certificates/,
    },
    {
      what: 'with a certificate that is none',
      data: { 'ca.crt': `${one.certificatePem}-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----` },
      words: /holds a certificate that cannot be used, number 2: .*; replace or remove it$/,
    },
    {
      what: 'with too many',
      data: { 'ca.crt': one.certificatePem.repeat(101) },
      words: /more than 100 blocks; write at most 100/,
    },
  ];
  for (const { what, source = { secretRef }, data, words } of refused) {
    test(`is refused ${what}`, () => {
      const bundle = readPemBundle(source, data === undefined ? undefined : objectOf(data), 'keyVault.ca');
      assert.ok(!bundle.ok);
      assert.match(bundle.error, words);
    });
  }
});

describe('the text of a certificate', () => {
  test('comes as it is, with where it was found', () => {
    const data = { 'ca.crt': `${one.certificatePem}\n\n${two.certificatePem}` };
    const text = readPemText({ secretRef }, objectOf(data), 'keyVault.caCertificate');
    assert.deepEqual(text, {
      ok: true,
      value: { pem: data['ca.crt'], where: 'key ca.crt of Secret "roots" in namespace "pki"' },
    });
    const inline = readPemText({ inline: 'PEM' }, undefined, 'keyVault.caCertificate');
    assert.deepEqual(inline, { ok: true, value: { pem: 'PEM', where: 'keyVault.caCertificate.inline' } });
  });

  test('is refused where it holds a private key', () => {
    const text = readPemText({ inline: one.keyPem }, undefined, 'keyVault.caCertificate');
    assert.ok(!text.ok);
    assert.match(text.error, /^keyVault\.caCertificate\.inline holds a private key: remove it from there, and replace the key/);
  });
});
