import type { Clock } from '../lib/clock.ts';
import type { Csr } from '../x509/csr.ts';
import type { CertificateFault } from './faults.ts';
import {
  type AuthorityDeps,
  type AuthorityParameters,
  type CertificateAuthority,
  createAuthority,
} from '../signers/mock-ca/authority.ts';
import { generatePrivateKey } from '../signers/mock-ca/keys.ts';
import { publicHalf } from '../x509/private-key.ts';

/** How long ago an expired certificate was signed, and how long it was valid, in milliseconds and seconds. */
const agoMs = 10 * 86_400_000;
const oneDay = 86_400;

const strangerCA: AuthorityParameters = {
  commonName: 'Another CA',
  key: { algorithm: 'ECDSA', size: 256 },
  validitySeconds: 3650 * oneDay,
};

/**
 * An authority that does one thing wrong with each certificate it signs. `wrong-key`: it is for a key nobody has, as where a PKI makes
 * its own. `expired`: it ended nine days ago. `broken-chain`: the CA certificate beside it is another's.
 * @param open makes the authority with another clock.
 */
export async function faultyAuthority(
  fault: CertificateFault,
  open: (deps: AuthorityDeps) => Promise<CertificateAuthority>,
  clock: Clock,
): Promise<CertificateAuthority> {
  if (fault === 'expired') {
    const past = await open({ clock: { now: () => clock.now() - agoMs } });
    return { ...past, issue: async (request) => past.issue({ ...request, durationSeconds: oneDay }) };
  }
  const authority = await open({ clock });
  if (fault === 'wrong-key') {
    return { ...authority, issue: async (request) => authority.issue({ ...request, csr: await withOtherKey(request.csr) }) };
  }
  const { caPem } = await createAuthority(strangerCA, { clock });
  return {
    ...authority,
    caPem,
    async issue(request) {
      const issued = await authority.issue(request);
      if (!issued.ok) return issued;
      return { ok: true, value: { ...issued.value, chainPem: issued.value.certificatePem + caPem, caPem } };
    },
  };
}

async function withOtherKey(csr: Csr): Promise<Csr> {
  const half = publicHalf(await generatePrivateKey({ algorithm: 'ECDSA', size: 256 }));
  if (!half.ok) throw new Error(half.error);
  return { ...csr, ...half.value };
}
