import { type KeyObject, X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '../../lib/result.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { certificateLabels, decodePem, encodePem, holdsPrivateKey } from '../../x509/pem.ts';
import type { CaProblem } from '../ca/contract.ts';
import type { CallContext } from '../signer.ts';
import type { CertificateSource } from './certificate-source.ts';
import { broken, problemOf } from './problems.ts';
import type { ReadVault } from './renewed-login.ts';
import type { VaultSecret } from './vault.ts';

/** The CA certificate and those above it as they were found, not yet judged. */
export interface FoundCertificate {
  readonly pem: string;
  readonly where: string;
  /** The subject of the first one, for messages. */
  readonly subject: string;
  /** Whether one of them is for that key. */
  isFor(publicKey: KeyObject): boolean;
}

/** As many as a chain may have (x509/chain.ts). */
const mostCertificates = 20;

/** Fetches the CA certificate from where it is, and refuses what holds a private key. */
export async function fetchCertificate(
  vault: Pick<ReadVault, 'url' | 'getSecret' | 'getCertificate'>,
  source: CertificateSource,
  context: CallContext,
): Promise<Result<FoundCertificate, CaProblem>> {
  if (source.in === 'text') return readCertificates(source.pem, source.where);
  const { name, version } = source;
  const where = `the ${source.in} "${name}" of ${vault.url}`;
  if (source.in === 'certificate') {
    const fetched = await vault.getCertificate(name, version, context);
    if (!fetched.ok) return err(problemOf(fetched.error));
    return readCertificates(encodePem('CERTIFICATE', fetched.value.der), where);
  }
  const secret = await vault.getSecret(name, version, context);
  if (!secret.ok) return err(problemOf(secret.error));
  return secretHoldsKey(secret.value) ? privateKeyIn(where, name) : readCertificates(secret.value.value, where);
}

/** Whether a private key is in a secret: that of a certificate of the vault is PKCS #12 or PEM, by its policy, and has the key in both. */
export function secretHoldsKey({ value, contentType }: Pick<VaultSecret, 'value' | 'contentType'>): boolean {
  return contentType?.toLowerCase().startsWith('application/x-pkcs12') === true || holdsPrivateKey(value);
}

function privateKeyIn(where: string, name: string): Result<never, CaProblem> {
  return configError(
    `The CA certificate is looked for in ${where}, which holds a private key, as the secret of a Key Vault certificate does; it is not used. ` +
      `Set keyVault.caCertificate.vaultCertificate (name: ${name}) in place of vaultSecret, or store the certificate alone in a secret; ` +
      'and take the right to read this secret away from the identity.',
  );
}

function readCertificates(pem: string, where: string): Result<FoundCertificate, CaProblem> {
  const blocks = decodePem(pem);
  if (!blocks.ok) return unreadable(where, `cannot be read: ${blocks.error.message}`);
  const ders = blocks.value.filter(({ label }) => certificateLabels.has(label)).map(({ der }) => der);
  if (ders.length === 0) return unreadable(where, 'holds no certificate');
  if (ders.length > mostCertificates) return unreadable(where, `holds more than ${mostCertificates} certificates`);
  try {
    const certificates = ders.map((der) => new X509Certificate(der));
    return ok({
      pem,
      where,
      subject: subjectOf(certificates[0]),
      isFor: (publicKey) => certificates.some((each) => holdsKey(each, publicKey)),
    });
  } catch {
    return unreadable(where, 'holds a block that is no X.509 certificate');
  }
}

function subjectOf(x509: X509Certificate | undefined): string {
  const read = x509 === undefined ? undefined : parseCertificate(x509.raw, x509);
  return read?.ok === true ? formatName(read.value.subject, 200) : 'a subject that cannot be read';
}

/** False also where OpenSSL does not know the type of the key. */
function holdsKey(certificate: X509Certificate, publicKey: KeyObject): boolean {
  try {
    return certificate.publicKey.equals(publicKey);
  } catch {
    return false;
  }
}

function unreadable(where: string, what: string): Result<never, CaProblem> {
  return configError(
    `The CA certificate is looked for in ${where}, which ${what}. Store it there as PEM (-----BEGIN CERTIFICATE-----), followed by ` +
      'those above it, or say in keyVault.caCertificate where it is.',
  );
}

function configError(message: string): Result<never, CaProblem> {
  return err(broken('ConfigError', message));
}
