import { err, ok, type Result } from '../lib/result.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { certificateLabels, decodePem, encodePem, holdsPrivateKey } from '../x509/pem.ts';
import type { WrittenPemSource } from './pem-source.ts';
import type { ReferencedData } from './signer.ts';

/** What a place holds, unread, and where that is, for messages: `key ca.crt of Secret "root" in namespace "pki"`. */
export interface PemText {
  readonly pem: string;
  readonly where: string;
}

const usualKeys = ['ca.crt', 'tls.crt'] as const;
/** As many as a chain may be completed with (x509/chain.ts). */
const mostCertificates = 100;

/**
 * Finds the text of a place that holds certificates. One that holds a private key is refused; besides that nothing of it is read.
 * @param object what the reference of the source led to; absent where it has none.
 * @param field from the block on, for messages: `keyVault.caCertificate`.
 * @returns undefined where no source is written; the error names field, object and key, and nothing of their content.
 */
export function readPemText(
  source: WrittenPemSource | undefined,
  object: ReferencedData | undefined,
  field: string,
): Result<PemText | undefined, string> {
  if (source === undefined) return ok(undefined);
  const found = findText(source, object, field);
  return found.ok ? ok({ pem: found.value.pem, where: found.value.where }) : found;
}

/**
 * Reads the bundle for ca.crt: each block is a certificate.
 * @returns the certificates in their order, each once, as PEM; see {@link readPemText} for the rest.
 */
export function readPemBundle(
  source: WrittenPemSource | undefined,
  object: ReferencedData | undefined,
  field: string,
): Result<string | undefined, string> {
  if (source === undefined) return ok(undefined);
  const found = findText(source, object, field);
  if (!found.ok) return found;
  const certificates = readCertificates(found.value.pem);
  return certificates.ok ? certificates : err(`${found.value.at} ${certificates.error}`);
}

/** Each certificate once, as PEM; the error is a clause on what holds them. */
function readCertificates(pem: string): Result<string, string> {
  const blocks = decodePem(pem, { maxBlocks: mostCertificates });
  if (!blocks.ok) return err(`cannot be read: ${blocks.error.message}; write at most ${mostCertificates} certificates`);
  const certificates = new Set<string>();
  for (const [index, { label, der }] of blocks.value.entries()) {
    if (!certificateLabels.has(label)) return err(`holds a block ${label}; only certificates belong there`);
    const certificate = parseCertificate(der);
    if (!certificate.ok) {
      return err(`holds a certificate that cannot be used, number ${index + 1}: ${certificate.error}; replace or remove it`);
    }
    certificates.add(encodePem('CERTIFICATE', der));
  }
  if (certificates.size === 0) return err(`holds no certificate; write it as PEM (-----BEGIN CERTIFICATE-----)`);
  return ok([...certificates].join(''));
}

/** `at` is `where` after the field that names it. */
type FoundText = PemText & { readonly at: string };

function findText(source: WrittenPemSource, object: ReferencedData | undefined, field: string): Result<FoundText, string> {
  const found = locate(source, object, field);
  if (!found.ok || !holdsPrivateKey(found.value.pem)) return found;
  return err(
    `${found.value.at} holds a private key: remove it from there, and replace the key if others can read that place; ` +
      'only certificates belong there',
  );
}

function locate(source: WrittenPemSource, object: ReferencedData | undefined, field: string): Result<FoundText, string> {
  const { secretRef, configMapRef, inline } = source;
  if (inline !== undefined) {
    const where = `${field}.inline`;
    return ok({ pem: inline, where, at: where });
  }
  const reference = secretRef ?? configMapRef;
  if (reference === undefined) return err(`${field}: set one of secretRef, configMapRef and inline`);
  const at = `${field}.${secretRef === undefined ? 'configMapRef' : 'secretRef'}`;
  if (object === undefined) return err(`${at}: the object it names was not read; check its name`);
  const keys = reference.key === undefined ? usualKeys : [reference.key];
  const key = keys.find((name) => object.data.has(name));
  const bytes = key === undefined ? undefined : object.data.get(key);
  if (key === undefined || bytes === undefined) {
    return err(
      `${at}: there is no key ${keys.join(' or ')} in ${object.where}; store the certificates there as PEM, or set ${at}.key`,
    );
  }
  const where = `key ${key} of ${object.where}`;
  return ok({ pem: Buffer.from(bytes).toString('latin1'), where, at: `${at}: ${where}` });
}
