import { createPrivateKey } from 'node:crypto';
import { type Clock, systemClock } from '../../../src/lib/clock.ts';
import type { Issuance, IssuanceRequest } from '../../../src/signers/ca/issuing.ts';
import { createAuthority } from '../../../src/signers/mock-ca/authority.ts';
import type { AuthorityParameters, CertificateAuthority } from '../../../src/signers/mock-ca/authority.ts';
import { loadAuthority } from '../../../src/signers/mock-ca/load.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate.ts';
import type { Csr } from '../../../src/x509/csr.ts';
import { decodePem } from '../../../src/x509/pem.ts';
import { goodCsr, openssl, opensslCsr } from './tools.ts';

const tenYears = 10 * 365 * 86_400;

/** A self-signed CA, ECDSA unless the test wants another. */
export async function testCA(
  parameters: Partial<AuthorityParameters> = {},
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<CertificateAuthority> {
  const key = { algorithm: 'ECDSA', size: 256 } as const;
  return createAuthority({ commonName: 'Test root', key, validitySeconds: tenYears, ...parameters }, { clock });
}

/** A CA below another, whose key is a new one of openssl's. */
export async function subCA(
  above: CertificateAuthority,
  commonName: string,
  extensions?: string,
): Promise<CertificateAuthority> {
  const { csr, keyPem } = csrWithKey(commonName, extensions);
  const { chainPem } = await issued(above, { csr, isCA: true });
  const loaded = loadAuthority({ certificatePem: chainPem + above.caPem, keyPem }, { clock: systemClock });
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value;
}

/** A CSR and the private key it was made with. */
export function csrWithKey(commonName: string, extensions?: string): { readonly csr: Csr; readonly keyPem: string } {
  const keyPem = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);
  const subject = `CN = ${commonName}`;
  const pem = opensslCsr({ key: createPrivateKey(keyPem), subject, ...(extensions === undefined ? {} : { extensions }) });
  return { csr: goodCsr(pem), keyPem };
}

/** Has a request signed that must be signed. */
export async function issued(
  ca: CertificateAuthority,
  request: Pick<IssuanceRequest, 'csr'> & Partial<IssuanceRequest>,
): Promise<Issuance> {
  const certificate = await ca.issue({ durationSeconds: 90 * 86_400, usages: [], isCA: false, ...request });
  if (!certificate.ok) throw new Error(`${certificate.error.code}: ${certificate.error.message}`);
  return certificate.value;
}

/** Reads the first certificate of a PEM text. */
export function read(pem: string): Certificate {
  const blocks = decodePem(pem);
  const parsed = blocks.ok ? parseCertificate(blocks.value[0]?.der ?? new Uint8Array()) : blocks;
  if (!parsed.ok) throw new Error(`not a certificate: ${JSON.stringify(parsed.error)}`);
  return parsed.value;
}

/** What `openssl verify -x509_strict` says of a certificate below a root: `leaf.pem: OK`. */
export function verify(certificate: Issuance, purpose?: string): string {
  const args = [
    'verify',
    '-x509_strict',
    '-CAfile',
    'root.pem',
    '-untrusted',
    'chain.pem',
    ...(purpose === undefined ? [] : ['-purpose', purpose]),
  ];
  const { certificatePem, chainPem, caPem } = certificate;
  return openssl([...args, 'leaf.pem'], { 'root.pem': caPem, 'chain.pem': chainPem, 'leaf.pem': certificatePem }).trim();
}

/** The text form openssl gives a certificate. */
export function describeCertificate(pem: string, ...options: readonly string[]): string {
  return openssl(['x509', '-in', 'leaf.pem', '-noout', '-text', ...options], { 'leaf.pem': pem });
}
