import assert from 'node:assert/strict';
import { generateKeyPairSync, KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { KeyType } from '../../../src/x509/public-key.ts';
import { commonName, formatName } from '../../../src/x509/name.ts';
import type { SubjectAltNames } from '../../../src/x509/san.ts';
import { buildCsr, extension, goodCsr, openssl, opensslCsr, p256Key, rsa } from './tools.ts';

const ecKey = (curve: string): readonly string[] => ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`];
const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'];

function nameOf(key: readonly string[] | KeyObject): string {
  return key instanceof KeyObject ? 'rsa:2048' : key.slice(1).join(' ');
}

describe('parseCsr accepts from openssl', () => {
  const keys: readonly {
    readonly key: readonly string[] | KeyObject;
    readonly options?: readonly string[];
    readonly type: KeyType;
  }[] = [
    { key: rsa.privateKey, type: { kind: 'rsa', bits: 2048 } },
    { key: rsa.privateKey, options: ['-sha384'], type: { kind: 'rsa', bits: 2048 } },
    { key: rsa.privateKey, options: ['-sha256', ...pss], type: { kind: 'rsa', bits: 2048 } },
    { key: rsa.privateKey, options: ['-sha512', ...pss], type: { kind: 'rsa', bits: 2048 } },
    { key: ['-newkey', 'rsa:4096'], options: ['-sha512'], type: { kind: 'rsa', bits: 4096 } },
    { key: ecKey('P-256'), type: { kind: 'ec', curve: 'P-256' } },
    { key: ecKey('P-384'), options: ['-sha384'], type: { kind: 'ec', curve: 'P-384' } },
    { key: ecKey('P-521'), options: ['-sha512'], type: { kind: 'ec', curve: 'P-521' } },
    { key: ecKey('P-521'), options: ['-sha256'], type: { kind: 'ec', curve: 'P-521' } },
    { key: ['-newkey', 'ed25519'], type: { kind: 'ed25519' } },
  ];
  for (const { key, options = [], type } of keys) {
    test(`a key ${nameOf(key)} signing with ${options.join(' ') || 'the default'}`, () => {
      const csr = goodCsr(opensslCsr({ key, options }));
      assert.deepEqual(csr.keyType, type);
      assert.deepEqual(csr.publicKey.export({ format: 'der', type: 'spki' }), Buffer.from(csr.spki));
      assert.equal(commonName(csr.subject), 'test.example.com');
      assert.deepEqual(csr.requested, {});
      assert.equal(csr.sanExtension, undefined);
    });
  }

  const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.example.com`;
  const sans: readonly { readonly what: string; readonly lines: string; readonly found: Partial<SubjectAltNames> }[] = [
    { what: 'a DNS name', lines: 'DNS:Test.example.com', found: { dns: ['Test.example.com'] } },
    { what: 'a wildcard', lines: 'DNS:*.example.com,DNS:example.com', found: { dns: ['*.example.com', 'example.com'] } },
    { what: 'a DNS name of over 200 characters', lines: `DNS:${long}`, found: { dns: [long] } },
    { what: 'an IPv4 address', lines: 'IP:10.0.0.1', found: { ip: ['10.0.0.1'] } },
    { what: 'an IPv6 address', lines: 'IP:2001:DB8:0:0:0:0:0:1', found: { ip: ['2001:db8::1'] } },
    { what: 'a URI', lines: 'URI:spiffe://td/ns/a/sa/b', found: { uri: ['spiffe://td/ns/a/sa/b'] } },
    { what: 'an email address', lines: 'email:jo@example.com', found: { email: ['jo@example.com'] } },
    {
      what: 'a user principal name',
      lines: 'otherName:1.3.6.1.4.1.311.20.2.3;UTF8:jo@corp',
      found: { otherName: [{ oid: '1.3.6.1.4.1.311.20.2.3', value: new Uint8Array(Buffer.from('\x0c\x07jo@corp')) }] },
    },
    {
      what: 'a registered ID, which nothing here reads',
      lines: 'RID:1.2.3',
      found: { unsupported: ['registeredID:88022a03'] },
    },
    {
      what: 'several types at once',
      lines: 'DNS:a,IP:::1,URI:urn:x,email:a@b,DNS:b',
      found: { dns: ['a', 'b'], ip: ['::1'], uri: ['urn:x'], email: ['a@b'] },
    },
  ];
  for (const { what, lines, found } of sans) {
    test(`${what} as alternative name`, () => {
      const csr = goodCsr(opensslCsr({ extensions: `subjectAltName = ${lines}` }));
      assert.deepEqual(csr.sans, { dns: [], ip: [], uri: [], email: [], otherName: [], unsupported: [], ...found });
      assert.equal(csr.sanExtension?.critical, false);
    });
  }

  test('an empty subject with critical alternative names', () => {
    const csr = goodCsr(buildCsr({ extensions: [extension('2.5.29.17', '3003820161', true)] }));
    assert.deepEqual(csr.subject.rdns, []);
    assert.equal(formatName(csr.subject), '');
    assert.equal(commonName(csr.subject), undefined);
    assert.deepEqual(csr.sans.dns, ['a']);
    assert.equal(csr.sanExtension?.critical, true);
  });

  test('a subject in an unusual order with an RDN of two attributes, byte for byte', () => {
    const pem = opensslCsr({ subject: 'CN = first\nO = Acme, Inc.\n0.OU = one\n1.+OU = two\nC = DE\nUID = x' });
    const csr = goodCsr(pem);
    assert.equal(formatName(csr.subject), 'UID=x,C=DE,OU=one+OU=two,O=Acme\\, Inc.,CN=first');
    assert.equal(csr.subject.rdns[0]?.[0]?.value, 'first');
    assert.ok(Buffer.from(csr.der).includes(Buffer.from(csr.subject.der)));
    assert.equal(csr.subject.rdns[2]?.length, 2);
  });

  test('usages, the CA flag with path length and name constraints', () => {
    const csr = goodCsr(
      opensslCsr({
        extensions: [
          'basicConstraints = critical,CA:TRUE,pathlen:2',
          'keyUsage = critical,digitalSignature,keyCertSign,decipherOnly',
          'extendedKeyUsage = clientAuth,1.2.3.4',
          'nameConstraints = critical,permitted;DNS:example.com',
        ].join('\n'),
      }),
    );
    assert.deepEqual(csr.requested.basicConstraints, { cA: true, pathLength: 2 });
    assert.deepEqual(csr.requested.keyUsage, [0, 5, 8]);
    assert.deepEqual(csr.requested.extendedKeyUsage, ['1.3.6.1.5.5.7.3.2', '1.2.3.4']);
    assert.equal(csr.requested.nameConstraints?.critical, true);
    assert.equal(
      Buffer.from(csr.requested.nameConstraints.value).toString('hex'),
      `3011a00f300d820b${Buffer.from('example.com').toString('hex')}`,
    );
  });

  test('the same CSR as PEM text, PEM bytes, DER and with text around, and normalises it', () => {
    const pem = opensslCsr({ key: p256Key });
    const { der } = goodCsr(pem);
    const old = pem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST');
    for (const input of [Buffer.from(pem), der, `Data:\n${pem.replaceAll('\n', '\r\n')}`, old]) {
      assert.deepEqual(goodCsr(input).der, der);
      assert.equal(goodCsr(input).pem, pem);
    }
  });

  test('RSASSA-PSS with another salt length', () => {
    const options = ['-sha384', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:17'];
    assert.deepEqual(goodCsr(opensslCsr({ key: rsa.privateKey, options })).keyType, { kind: 'rsa', bits: 2048 });
  });

  test('the key identifier openssl gives the same key', () => {
    const pem = opensslCsr({});
    const args = [
      'x509',
      '-req',
      '-in',
      'csr.pem',
      '-signkey',
      'key.pem',
      '-force_pubkey',
      'pub.pem',
      '-extfile',
      'ext',
      '-text',
    ];
    const { privateKey } = generateKeyPairSync('ed25519');
    const text = openssl(args, {
      'csr.pem': pem,
      'key.pem': privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      'pub.pem': goodCsr(pem).publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      ext: 'subjectKeyIdentifier = hash',
    });
    const hex = Buffer.from(goodCsr(pem).keyId).toString('hex').toUpperCase();
    assert.ok(text.includes(hex.replaceAll(/..(?!$)/g, '$&:')), text);
  });

  test('an Ed25519 key from Node', () => {
    const key = generateKeyPairSync('ed25519');
    const algorithm = new AlgorithmIdentifier({ algorithm: '1.3.101.112' });
    const csr = buildCsr({ key, algorithm, hash: null, subject: goodCsr(opensslCsr({})).subject.der });
    assert.deepEqual(goodCsr(csr).keyType, { kind: 'ed25519' });
  });
});
