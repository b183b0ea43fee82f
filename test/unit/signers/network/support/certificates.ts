import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { type CertificateAuthority, createAuthority } from '../../../../../src/signers/mock-ca/authority.ts';
import { goodCsr, opensslCsr } from '../../../x509/tools.ts';

/** A certificate, with those above it but the root, and its key; PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A CA of a test. */
export interface TestCA {
  readonly pem: string;
  /** @param names as OpenSSL writes SANs: `DNS:pki.test`. @param ageDays how long ago it was made, to last for one day. */
  issue(names: readonly string[], ageDays?: number): Promise<Pair>;
}

const dayMs = 86_400_000;

/** Makes a CA whose certificates last for a day. */
export async function testCA(): Promise<TestCA> {
  let now = Date.now() - 100 * dayMs;
  const parameters = {
    commonName: 'Network Test CA',
    key: { algorithm: 'ECDSA', size: 256 },
    validitySeconds: 300 * 86_400,
  } as const;
  const authority: CertificateAuthority = await createAuthority(parameters, { clock: { now: () => now } });
  return {
    pem: authority.certificatePem,
    async issue(names, ageDays = 0) {
      now = Date.now() - ageDays * dayMs;
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const csr = goodCsr(opensslCsr({ key: privateKey, extensions: `subjectAltName = ${names.join(',')}` }));
      const usages = ['server auth', 'client auth', 'digital signature'];
      const issued = await authority.issue({ csr, durationSeconds: 86_400, usages, isCA: false });
      assert.ok(issued.ok);
      return { cert: issued.value.chainPem, key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
    },
  };
}
