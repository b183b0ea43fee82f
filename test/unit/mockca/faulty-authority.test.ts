import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import type { CertificateFault } from '../../../src/mockca/faults.ts';
import { faultyAuthority } from '../../../src/mockca/faulty-authority.ts';
import { createAuthority } from '../../../src/signers/mock-ca/authority.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import { normaliseChain } from '../../../src/x509/chain.ts';
import { decodePem } from '../../../src/x509/pem.ts';
import { goodCsr, opensslCsr } from '../x509/tools.ts';

const csr = goodCsr(opensslCsr({ extensions: 'subjectAltName = DNS:a.example.com' }));

async function issueWith(fault: CertificateFault) {
  const parameters = { commonName: 'CA', key: { algorithm: 'ECDSA', size: 256 }, validitySeconds: 86_400 * 365 } as const;
  const authority = await faultyAuthority(fault, async (deps) => createAuthority(parameters, deps), systemClock);
  const issued = await authority.issue({ csr, durationSeconds: 3600, usages: [], isCA: false });
  assert.ok(issued.ok);
  return issued.value;
}

describe('a CA that does one thing wrong', () => {
  test('signs another key', async () => {
    const { chainPem } = await issueWith('wrong-key');
    const chain = normaliseChain(chainPem, { publicKey: csr.publicKey });
    assert.equal(chain.ok ? '' : chain.error.code, 'ChainKeyMismatch');
  });

  test('signs a certificate that is over', async () => {
    const { chainPem, caPem } = await issueWith('expired');
    const chain = normaliseChain(chainPem, { publicKey: csr.publicKey, caPem });
    assert.ok(chain.ok && chain.value.leaf.notAfter < Date.now());
  });

  test("sends another CA's certificate beside it", async () => {
    const { chainPem } = await issueWith('broken-chain');
    const blocks = decodePem(chainPem);
    assert.ok(blocks.ok);
    const [leaf, ca] = blocks.value.map(({ der }) => parseCertificate(der));
    assert.ok(leaf?.ok && ca?.ok);
    assert.equal(leaf.value.x509.verify(ca.value.x509.publicKey), false);
    assert.equal(normaliseChain(chainPem, { publicKey: csr.publicKey }).ok, false);
  });
});
