import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { err } from '../../../src/lib/result.ts';
import { createCsr } from '../../../src/x509/csr-build.ts';
import { encodeName } from '../../../src/x509/encode-name.ts';
import { createIssuingCA, issueCertificate } from '../../../src/x509/issue.ts';
import { createRoot } from '../../../src/x509/root.ts';
import { signerOf } from '../../../src/x509/sign-with-key.ts';
import { caUsages } from '../../../src/x509/usages.ts';
import { csrWithKey } from './ca-tools.ts';
import { caKeyPair, signingCases } from './key-tools.ts';
import { goodCsr, openssl } from './tools.ts';

const subject = encodeName({ commonName: 'Sub CA', organization: 'Söhne & Co' });

/** What `openssl req -verify` says; it ends well whatever it finds. */
function verifiedByOpenssl(der: Uint8Array): string {
  return spawnSync('openssl', ['req', '-verify', '-noout', '-inform', 'DER'], { input: der, encoding: 'utf8' }).stderr;
}

describe('a CSR of a CA is read here and by openssl req -verify, signed with', () => {
  for (const { name, algorithm, privateKey, key } of signingCases) {
    test(`${algorithm} by ${name}`, async () => {
      const made = await createCsr({ subject, key, algorithm }, signerOf(privateKey, algorithm));
      assert.ok(made.ok);
      const csr = goodCsr(made.value.der);
      assert.equal(csr.pem, made.value.pem);
      assert.deepEqual(Buffer.from(csr.subject.der), Buffer.from(subject));
      assert.deepEqual(Buffer.from(csr.spki), Buffer.from(key.spki));
      assert.deepEqual(csr.requested, { basicConstraints: { cA: true }, keyUsage: [0, 5, 6] });
      assert.match(verifiedByOpenssl(made.value.der), /verify OK/);
    });
  }
});

test('openssl shows what the CSR asks for, and that it refuses the CSR when a bit of it is changed', async () => {
  const { privateKey, key } = caKeyPair('P-256');
  const made = await createCsr({ subject, key, pathLength: 2 }, signerOf(privateKey, 'ES256'));
  assert.ok(made.ok);
  const text = openssl(['req', '-text', '-noout', '-in', 'csr.pem'], { 'csr.pem': made.value.pem });
  assert.match(text, /Version: 1 \(0x0\)\n/);
  assert.match(text, /Basic Constraints: critical\n\s+CA:TRUE, pathlen:2\n/);
  assert.match(text, /Key Usage: critical\n\s+Digital Signature, Certificate Sign, CRL Sign\n/);
  const keyId = Buffer.from(key.keyId)
    .toString('hex')
    .toUpperCase()
    .replaceAll(/..(?!$)/g, '$&:');
  assert.match(text, new RegExp(`Subject Key Identifier: \\n\\s+${keyId}\n`));
  const changed = Buffer.from(made.value.der);
  const at = changed.indexOf('Sub CA');
  changed[at] = 'T'.charCodeAt(0);
  assert.match(verifiedByOpenssl(changed), /verify failure/);
});

test('where the key does not sign, its reason is what comes out, and no certificate', async () => {
  const reason = { code: 'Throttled', message: 'later' } as const;
  const sign = () => Promise.resolve(err(reason));
  const { key } = caKeyPair('P-256');
  const csrMade = await createCsr({ subject, key }, sign);
  const root = await createRoot({ subject, key, now: Date.now(), validitySeconds: 3600 }, sign);
  const details = { subject, keyId: key.keyId, notAfter: Date.now() + 3_600_000, signatureAlgorithm: 'ES256' } as const;
  const { csr } = csrWithKey('x');
  const ca = createIssuingCA(details);
  const request = { csr, ca, now: Date.now(), durationSeconds: 60, usages: caUsages, isCA: false };
  for (const made of [csrMade, root, await issueCertificate(request, sign)]) {
    assert.ok(!made.ok);
    assert.equal(made.error, reason);
  }
});
