import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { verifyIssued } from '../../../src/issuing/verify.ts';
import { readClientCertificate } from '../../../src/signers/network/client-certificate.ts';
import { readPemBundle } from '../../../src/signers/pem-bundle.ts';
import { readCaCertificate } from '../../../src/x509/ca-certificate.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { normaliseChain } from '../../../src/x509/chain.ts';
import { createKnownCas } from '../../../src/x509/known-cas.ts';
import { decodePem } from '../../../src/x509/pem.ts';
import { publicHalf, readPrivateKey } from '../../../src/x509/private-key.ts';
import type { PublicKey } from '../../../src/x509/public-key.ts';
import { readValidity } from '../../../src/x509/validity.ts';
import { below } from '../signers/ca/support/below.ts';
import { createLab, held, request, selfSigned } from '../signers/ca/support/fake-holder.ts';
import { read } from './ca-tools.ts';
import { oddTimes, withTime } from './odd-time.ts';

const root = selfSigned();
const middle = below(root, 'Middle');
const lower = below(middle, 'Lower');
const names = 'subjectAltName=DNS:a.example.com';
const oddMiddle = withTime(middle.certificatePem, root.keyPem);
const words = /its validity is not two moments in time/;

function publicKeyOf(keyPem: string): PublicKey {
  const key = readPrivateKey(keyPem);
  const half = key.ok ? publicHalf(key.value) : key;
  assert.ok(half.ok);
  return half.value;
}

function derOf(pem: string): Uint8Array {
  const blocks = decodePem(pem);
  return (blocks.ok && blocks.value[0]?.der) || new Uint8Array();
}

test('the validity of a certificate is what openssl reads', () => {
  const { certificatePem } = selfSigned();
  const { notBefore, notAfter } = read(certificatePem);
  const validity = readValidity(new X509Certificate(certificatePem));
  assert.deepEqual(validity, { notBefore, notAfter });
  assert.equal(notAfter - notBefore, 3650 * 86_400_000);
});

describe('a certificate with a time that is none', () => {
  for (const time of oddTimes) {
    test(`is refused wherever it is read (${time})`, () => {
      for (const which of ['notBefore', 'notAfter'] as const) {
        const parsed = parseCertificate(derOf(withTime(root.certificatePem, root.keyPem, which, time)));
        assert.ok(!parsed.ok);
        assert.match(parsed.error, words);
      }
    });
  }

  test('is refused in a bundle, with its number', () => {
    const bundle = readPemBundle({ inline: root.certificatePem + oddMiddle }, undefined, 'keyVault.ca');
    assert.match(bundle.ok ? '' : bundle.error, /^keyVault\.ca\.inline holds .*, number 2: its validity is not/);
  });

  test('is refused as a client certificate', () => {
    const odd = withTime(root.certificatePem, root.keyPem);
    const data = new Map(Object.entries({ 'tls.crt': Buffer.from(odd), 'tls.key': Buffer.from(root.keyPem) }));
    const pair = readClientCertificate({ where: 'Secret "c"', data }, { cert: 'tls.crt', key: 'tls.key' }, Date.now());
    assert.match(pair.ok ? '' : pair.error, /^key tls\.crt of Secret "c" cannot be used: its validity is not/);
  });

  test('is known as one', () => {
    const known = createKnownCas();
    assert.equal(known.read(derOf(oddMiddle))?.validity, undefined);
    assert.deepEqual(
      known.read(derOf(middle.certificatePem))?.validity,
      readValidity(new X509Certificate(middle.certificatePem)),
    );
  });

  const above = middle.certificatePem + root.certificatePem;
  for (const [what, certificatePem, place] of [
    ['the CA itself', withTime(lower.certificatePem, middle.keyPem) + above, 1],
    ['one above the CA', lower.certificatePem + oddMiddle + root.certificatePem, 2],
    ['the root above the CA', lower.certificatePem + middle.certificatePem + withTime(root.certificatePem, root.keyPem), 3],
  ] as const) {
    test(`is no CA to sign with, where it is ${what}`, async () => {
      const ca = readCaCertificate(certificatePem, publicKeyOf(lower.keyPem), Date.now());
      assert.match(ca.ok ? '' : ca.error.message, new RegExp(`^certificate ${place} cannot be used: its validity`));
      const lab = createLab(held({ certificatePem, keyPem: lower.keyPem }));
      for (const outcome of [await lab.check(), await lab.sign()]) {
        assert.equal(outcome.outcome === 'issuer-broken' && outcome.code, 'ConfigError');
      }
    });
  }

  test('fails the request that a CA answers with it, as the leaf and above', () => {
    const leaf = below(middle, 'test.example.com', { extensions: names, days: 1 });
    const csr = { ...request.csr, publicKey: publicKeyOf(leaf.keyPem).publicKey };
    for (const [chainPem, ok] of [
      [leaf.certificatePem + above, true],
      [withTime(leaf.certificatePem, middle.keyPem) + above, false],
      [leaf.certificatePem + oddMiddle + root.certificatePem, false],
    ] as const) {
      const verified = verifyIssued({ outcome: 'issued', chainPem }, { ...request, csr }, Date.now());
      assert.equal(verified.ok, ok);
      if (!verified.ok) assert.deepEqual([verified.error.code, words.test(verified.error.message)], ['ChainMalformed', true]);
    }
    const bundled = normaliseChain(leaf.certificatePem + above, { publicKey: csr.publicKey, bundlePem: oddMiddle });
    assert.match(bundled.ok ? '' : bundled.error.message, /^the issuer's caBundle: certificate 1 cannot be used: its validity/);
  });
});
