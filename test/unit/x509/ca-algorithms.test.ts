import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { readCaCertificate } from '../../../src/x509/ca-certificate.ts';
import { normaliseChain } from '../../../src/x509/chain.ts';
import { createCsr } from '../../../src/x509/csr-build.ts';
import { encodeName } from '../../../src/x509/encode-name.ts';
import { createIssuingCA, issueCertificate } from '../../../src/x509/issue.ts';
import { createRoot } from '../../../src/x509/root.ts';
import { signerOf } from '../../../src/x509/sign-with-key.ts';
import type { SignatureAlgorithm } from '../../../src/x509/signature-algorithm.ts';
import { caUsages, resolveUsages } from '../../../src/x509/usages.ts';
import { csrWithKey, describeCertificate, read } from './ca-tools.ts';
import { caKeyPair, signingCases } from './key-tools.ts';
import { goodCsr, openssl } from './tools.ts';

const now = Date.now();
const opensslNames: Readonly<Record<SignatureAlgorithm, RegExp>> = {
  RS256: /Signature Algorithm: sha256WithRSAEncryption\n/,
  RS384: /Signature Algorithm: sha384WithRSAEncryption\n/,
  RS512: /Signature Algorithm: sha512WithRSAEncryption\n/,
  PS256: /rsassaPss[^]*Hash Algorithm: sha256[^]*mgf1 with sha256[^]*Salt Length: 0x20/,
  PS384: /rsassaPss[^]*Hash Algorithm: sha384[^]*mgf1 with sha384[^]*Salt Length: 0x30/,
  PS512: /rsassaPss[^]*Hash Algorithm: sha512[^]*mgf1 with sha512[^]*Salt Length: 0x40/,
  ES256: /Signature Algorithm: ecdsa-with-SHA256\n/,
  ES384: /Signature Algorithm: ecdsa-with-SHA384\n/,
  ES512: /Signature Algorithm: ecdsa-with-SHA512\n/,
  Ed25519: /Signature Algorithm: ED25519\n/,
};

describe('root, intermediate and leaf pass openssl verify -x509_strict, signed with', () => {
  const leafKey = csrWithKey('leaf.example.com', 'subjectAltName = DNS:leaf.example.com');
  for (const { name, algorithm, privateKey, key } of signingCases) {
    test(`${algorithm} by ${name}`, async () => {
      const sign = signerOf(privateKey, algorithm);
      const subject = encodeName({ commonName: `Root ${name}`, organization: 'Example' });
      const root = await createRoot({ subject, algorithm, key, now, validitySeconds: 86_400 * 365 }, sign);
      assert.ok(root.ok);
      const above = readCaCertificate(root.value.pem, key, now);
      assert.ok(above.ok);
      const csr = await createCsr({ subject: encodeName({ commonName: 'Sub' }), algorithm, key, pathLength: 0 }, sign);
      assert.ok(csr.ok);
      const details = { subject, keyId: key.keyId, notAfter: root.value.notAfter, signatureAlgorithm: algorithm };
      const rootCa = createIssuingCA(details);
      const times = { now, durationSeconds: 86_400 };
      const sub = await issueCertificate(
        { csr: goodCsr(csr.value.pem), ca: rootCa, ...times, usages: caUsages, isCA: true },
        sign,
      );
      assert.ok(sub.ok);
      const subCa = createIssuingCA({ ...details, subject: read(sub.value.pem).subject.der, notAfter: sub.value.notAfter });
      const { usages } = resolveUsages(['digital signature', 'server auth']);
      const leaf = await issueCertificate({ csr: leafKey.csr, ca: subCa, ...times, usages, isCA: false }, sign);
      assert.ok(leaf.ok);

      const files = { 'root.pem': root.value.pem, 'sub.pem': sub.value.pem, 'leaf.pem': leaf.value.pem };
      const verify = ['verify', '-x509_strict', '-CAfile', 'root.pem'];
      assert.equal(openssl([...verify, 'root.pem'], files).trim(), 'root.pem: OK');
      const purpose = ['-purpose', 'sslserver', '-verify_hostname', 'leaf.example.com'];
      assert.equal(openssl([...verify, '-untrusted', 'sub.pem', ...purpose, 'leaf.pem'], files).trim(), 'leaf.pem: OK');
      for (const { pem } of [root.value, sub.value, leaf.value])
        assert.match(describeCertificate(pem), opensslNames[algorithm]);

      const publicKey = createPublicKey(leafKey.keyPem);
      const chain = normaliseChain(root.value.pem + leaf.value.pem + sub.value.pem, { publicKey });
      assert.ok(chain.ok);
      assert.equal(chain.value.chainPem, leaf.value.pem + sub.value.pem);
      assert.equal(chain.value.caPem, root.value.pem);
    });
  }
});

test('an intermediate of a CSR made here may sign certificates and revocation lists, no deeper than both sides allow', async () => {
  const { key, privateKey } = caKeyPair('P-256');
  const sub = caKeyPair('P-384');
  for (const [above, asked, got] of [
    [undefined, undefined, undefined],
    [undefined, 1, 1],
    [1, undefined, 0],
    [3, 1, 1],
    [1, 5, 0],
  ] as const) {
    const pathLength = above === undefined ? {} : { pathLength: above };
    const subject = encodeName({ commonName: 'Root' });
    const sign = signerOf(privateKey, 'ES256');
    const root = await createRoot({ subject, key, now, validitySeconds: 86_400, ...pathLength }, sign);
    assert.ok(root.ok);
    const csr = await createCsr(
      { subject: encodeName({ commonName: 'Sub' }), key: sub.key, ...(asked === undefined ? {} : { pathLength: asked }) },
      signerOf(sub.privateKey, 'ES384'),
    );
    assert.ok(csr.ok);
    const { notAfter } = root.value;
    const ca = createIssuingCA({ subject, keyId: key.keyId, notAfter, signatureAlgorithm: 'ES256', ...pathLength });
    const request = { csr: goodCsr(csr.value.pem), ca, now, durationSeconds: 10 * 86_400, usages: caUsages, isCA: true };
    const issued = await issueCertificate(request, sign);
    assert.ok(issued.ok);
    const certificate = readCaCertificate(issued.value.pem + root.value.pem, sub.key, now);
    assert.ok(certificate.ok);
    assert.equal(certificate.value.certificate.pathLength, got);
    assert.deepEqual(certificate.value.certificate.keyUsage, [0, 5, 6]);
    assert.equal(certificate.value.certificate.notAfter, notAfter, 'no longer than the root');
    assert.equal(certificate.value.intermediatesPem, issued.value.pem);
    assert.equal(certificate.value.caPem, root.value.pem);
    assert.match(
      describeCertificate(issued.value.pem),
      /Key Usage: critical\n\s+Digital Signature, Certificate Sign, CRL Sign\n[^]*CA:TRUE/,
    );
  }
});
