import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { type CaCertificateProblem, readCaCertificate } from '../../../src/x509/ca-certificate.ts';
import { encodePem } from '../../../src/x509/pem.ts';
import { publicHalf, readPrivateKey } from '../../../src/x509/private-key.ts';
import { read } from './ca-tools.ts';
import { caKeyPair } from './key-tools.ts';
import { openssl } from './tools.ts';

const { privateKey, key } = caKeyPair('P-256');
const other = caKeyPair('P-384');
const usual = 'basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign';

function selfSigned(extensions: string, signer = privateKey, subject = '/CN=Test CA'): string {
  const config = `[req]\ndistinguished_name = dn\nx509_extensions = ext\n[dn]\n[ext]\n${extensions}`;
  const pem = signer.export({ format: 'pem', type: 'pkcs8' }).toString();
  const args = ['req', '-x509', '-new', '-config', 'c', '-key', 'k', '-days', '30', '-subj', subject];
  return openssl(args, { c: config, k: pem });
}

const good = selfSigned(usual);
const { notBefore, notAfter } = read(good);

describe('readCaCertificate', () => {
  test('gives a root as its own authority, without intermediates', () => {
    const ca = readCaCertificate(good, key, Date.now());
    assert.ok(ca.ok);
    const { certificate, intermediatesPem, caPem, limits } = ca.value;
    assert.equal(certificate.pem, caPem);
    assert.equal(intermediatesPem, '');
    assert.deepEqual(limits, { endsFirst: certificate, nameConstraints: [] });
  });

  test('gives the name constraints of the CA', () => {
    const ca = readCaCertificate(selfSigned(`${usual}\nnameConstraints = critical,permitted;DNS:a.example`), key, Date.now());
    assert.equal(ca.ok && ca.value.limits.nameConstraints.length, 1);
  });

  const privateBlock = (label: string): string => encodePem(label, new Uint8Array(40));
  const cases: readonly {
    readonly what: string;
    readonly pem: string;
    readonly code: CaCertificateProblem['code'];
    readonly words: RegExp;
    readonly now?: number;
  }[] = [
    ...['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'].map((label) => ({
      what: `a private key beside it (${label})`,
      pem: good + privateBlock(label),
      code: 'PrivateKey' as const,
      words: /^it holds a private key: remove it from there/,
    })),
    {
      what: 'a private key that is cut',
      pem: `-----BEGIN PRIVATE KEY-----\nMII\n${good}`,
      code: 'PrivateKey',
      words: /private key/,
    },
    { what: 'nothing', pem: '', code: 'NotPem', words: /there is no certificate in it/ },
    { what: 'text that is no PEM', pem: 'null', code: 'NotPem', words: /-----BEGIN CERTIFICATE-----/ },
    { what: 'a PEM that is cut', pem: good.slice(0, 300), code: 'Chain', words: /no END line/ },
    {
      what: 'a stranger above it',
      pem: good + selfSigned(usual, other.privateKey, '/CN=Stranger'),
      code: 'Chain',
      words: /"CN=Stranger" is neither/,
    },
    {
      what: 'the certificate of another key',
      pem: selfSigned(usual, other.privateKey, '/CN=Other'),
      code: 'KeyMismatch',
      words: /^no certificate in it is for the public key of the CA \(it holds "CN=Other"\); give the certificate that was/,
    },
    { what: 'no CA', pem: selfSigned('basicConstraints = CA:FALSE'), code: 'NotCA', words: /BasicConstraints without CA:TRUE/ },
    {
      what: 'a CA that may not sign',
      pem: selfSigned('basicConstraints = CA:TRUE\nkeyUsage = cRLSign'),
      code: 'NoCertSign',
      words: /lacks cert sign/,
    },
    { what: 'no subject', pem: selfSigned(usual, privateKey, '/'), code: 'NoSubject', words: /no subject/ },
    { what: 'an expired one', pem: good, now: notAfter, code: 'Expired', words: /expired at 20.*Z; renew it/ },
    { what: 'one of tomorrow', pem: good, now: notBefore - 1, code: 'NotYetValid', words: /not valid before 20.*Z; wait/ },
    {
      what: 'name constraints that cannot be read',
      pem: selfSigned(`${usual}\n2.5.29.30 = critical,DER:0500`),
      code: 'BadConstraints',
      words: /; use a CA certificate with other name constraints, or none$/,
    },
  ];
  for (const { what, pem, code, words, now = Date.now() } of cases) {
    test(`refuses ${what}`, () => {
      const ca = readCaCertificate(pem, key, now);
      assert.ok(!ca.ok);
      assert.equal(ca.error.code, code, ca.error.message);
      assert.match(ca.error.message, words);
    });
  }
});

describe('a private key', () => {
  const pemOf = (signer: typeof privateKey): string => signer.export({ format: 'pem', type: 'pkcs8' }).toString();

  test('is read from PEM, and its public half is what certificates hold', () => {
    const made = readPrivateKey(pemOf(privateKey));
    assert.ok(made.ok);
    const half = publicHalf(made.value);
    assert.ok(half.ok);
    assert.deepEqual(Buffer.from(half.value.spki), Buffer.from(key.spki));
    assert.deepEqual(half.value.keyType, { kind: 'ec', curve: 'P-256' });
  });

  for (const [what, pem, words] of [
    ['a certificate', good, /no PEM private key/],
    ['an encrypted one', encodePem('ENCRYPTED PRIVATE KEY', new Uint8Array(40)), /is encrypted; store it decrypted/],
    ['a damaged one', pemOf(privateKey).replace('MIG', 'AAA'), /cannot be read; write it as PKCS #8/],
  ] as const) {
    test(`is not ${what}`, () => {
      const read1 = readPrivateKey(pem);
      assert.ok(!read1.ok);
      assert.match(read1.error, words);
      assert.ok(!read1.error.includes(pem.split('\n')[1] ?? ''), 'nothing of the key');
    });
  }

  test('of a kind that no CA has is named, with those that can be', () => {
    const small = createPrivateKey(pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey));
    assert.deepEqual(publicHalf(small), { ok: false, error: 'an RSA key of 1024 bits; make one of at least 2048 bits' });
    const unknown = publicHalf(generateKeyPairSync('x25519').privateKey);
    assert.ok(!unknown.ok);
    assert.match(unknown.error, /^a key of the type x25519; make an RSA, ECDSA/);
  });
});
