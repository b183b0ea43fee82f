import type { Clock } from '../../../src/lib/clock.ts';
import { err, type Result } from '../../../src/lib/result.ts';
import { parseCsr } from '../../../src/x509/csr.ts';
import type { Issuance } from '../../../src/signers/ca/issuing.ts';
import { createAuthority } from '../../../src/signers/mock-ca/authority.ts';
import { loadAuthority } from '../../../src/signers/mock-ca/load.ts';
import { run } from '../../controlplane/run.ts';

/** An issuing CA below a root, both in memory. */
export interface StandInAuthority {
  readonly issuingPem: string;
  readonly rootPem: string;
  /** RFC 4514. */
  readonly subject: string;
  /** Signs a CSR, PEM or DER; or says why it cannot. */
  sign(csr: string | Uint8Array, durationSeconds: number): Promise<Result<Issuance, string>>;
}

const year = 365 * 24 * 3600;

/** Makes a root and an issuing CA below it with the project's own mock CA. */
export async function createStandInAuthority(clock: Pick<Clock, 'now'>): Promise<StandInAuthority> {
  const key = { algorithm: 'ECDSA', size: 256 } as const;
  const root = await createAuthority({ commonName: 'Stand-in Root', key, validitySeconds: 10 * year }, { clock });
  const keyAndCsr = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-noenc',
    '-keyout',
    '-',
    '-subj',
    '/CN=Stand-in CA',
  ];
  const { stdout } = await run('openssl', ['req', '-new', ...keyAndCsr]);
  const csrStart = stdout.indexOf('-----BEGIN CERTIFICATE REQUEST-----');
  const csr = parseCsr(stdout.slice(csrStart));
  if (!csr.ok) throw new Error(`openssl made a CSR that cannot be read: ${csr.error.message}`);
  const usages = ['cert sign', 'crl sign'];
  const issued = await root.issue({ csr: csr.value, durationSeconds: 5 * year, usages, isCA: true });
  if (!issued.ok) throw new Error(`the root could not sign the issuing CA: ${issued.error.message}`);
  const opened = loadAuthority(
    { certificatePem: issued.value.certificatePem + root.certificatePem, keyPem: stdout.slice(0, csrStart) },
    { clock },
  );
  if (!opened.ok) throw new Error(opened.error.message);
  const issuing = opened.value;
  return {
    issuingPem: issuing.certificatePem,
    rootPem: root.certificatePem,
    subject: issuing.subject,
    async sign(input, durationSeconds) {
      const asked = parseCsr(input);
      if (!asked.ok) return err(asked.error.message);
      const signed = await issuing.issue({
        csr: asked.value,
        durationSeconds,
        usages: ['digital signature', 'server auth', 'client auth'],
        isCA: false,
      });
      return signed.ok ? signed : err(signed.error.message);
    },
  };
}
