import { formatDuration } from '../../lib/duration.ts';
import { momentText } from '../../lib/moment.ts';
import { printable } from '../../lib/printable.ts';
import type { VaultKey } from '../../signers/key-vault/vault.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { KeyType } from '../../x509/public-key.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import type { CliDeps } from '../deps.ts';
import type { Finding } from './chain.ts';

/** The key of a CA, as words need it. */
export interface KeyWords {
  /** Its identifier in the vault, with its version. */
  readonly id: string;
  readonly keyType: KeyType;
}

/** A CA certificate in words, one line each. */
export interface CertificateWords {
  readonly certificate: Certificate;
  readonly key: KeyWords;
  /** Added to the line of the validity: `held within the parent's`. */
  readonly validityNote?: string;
  /** What the CA signs with, where that is known; the default first. */
  readonly algorithms?: readonly SignatureAlgorithm[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What people look at before they trust a CA certificate: lines of label and text. */
export function certificateWords(words: CertificateWords): readonly (readonly [label: string, text: string])[] {
  const { certificate, key, validityNote, algorithms, now } = words;
  const { subject, issuer, serialHex, notBefore, notAfter, x509, keyUsage } = certificate;
  const lifetime = formatDuration(notAfter - notBefore);
  return [
    ['Subject', formatName(subject)],
    ['Issuer', isSelfSigned(certificate) ? 'itself: a self-signed root' : formatName(issuer)],
    ['Serial', serialHex],
    [
      'Valid',
      `${momentText(notBefore)} to ${momentText(notAfter)} (${lifetime}${validityNote === undefined ? '' : `, ${validityNote}`})`,
    ],
    ['Life left', notAfter > now ? formatDuration(notAfter - now) : 'none: it has expired'],
    ['Key', `${keyTypeText(key.keyType)}, ${key.id}`],
    ...(algorithms === undefined ? [] : [['Signs with', algorithms.join(', ')] as const]),
    ['Signed with', x509.signatureAlgorithm ?? x509.signatureAlgorithmOid],
    ['CA', pathLengthText(certificate)],
    ['Usages', keyUsage === undefined ? 'not limited' : usageNames(keyUsage).join(', ')],
    ['Key id', Buffer.from(certificate.keyId).toString('hex')],
    ['SHA-256', x509.fingerprint256],
  ];
}

/** Lines of label and text, safe for a terminal. */
export function wordLines(lines: readonly (readonly [string, string])[]): string {
  return lines.map(([label, text]) => `${label.padEnd(11)} ${printable(text)}\n`).join('');
}

/** Whether a certificate is signed by its own key, and not only by one of the same name. */
export function isSelfSigned({ subject, issuer, x509 }: Certificate): boolean {
  if (Buffer.compare(subject.der, issuer.der) !== 0) return false;
  try {
    return x509.verify(x509.publicKey);
  } catch {
    // Its key is of a type that OpenSSL does not know.
    return false;
  }
}

/** `RSA 3072`, `EC P-256`. */
export function keyTypeText(type: KeyType): string {
  if (type.kind === 'rsa') return `RSA ${type.bits}`;
  return type.kind === 'ec' ? `EC ${type.curve}` : 'Ed25519';
}

/** `RSA-HSM 3072`, `EC P-256`. */
export function vaultKeyText({ type, publicKey: { keyType } }: Pick<VaultKey, 'type' | 'publicKey'>): string {
  return keyTypeText(keyType).replace(/^\w+/, type);
}

function pathLengthText({ isCA, pathLength }: Certificate): string {
  if (!isCA) return 'no';
  if (pathLength === undefined) return 'yes, with any number of CAs below it';
  if (pathLength === 0) return 'yes, path length 0: no CA below it';
  return `yes, path length ${pathLength}: at most ${pathLength} ${pathLength === 1 ? 'CA' : 'CAs'} below it`;
}

/** The bits of KeyUsage, as OpenSSL and people call them (RFC 5280 section 4.2.1.3). */
const usages = [
  'digital signature',
  'content commitment',
  'key encipherment',
  'data encipherment',
  'key agreement',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
] as const;

/** The names of key usages. @param bits bit numbers. */
export function usageNames(bits: readonly number[]): readonly string[] {
  return bits.map((bit) => usages[bit] ?? `bit ${bit}`);
}

/** Writes a CA certificate in words to standard error. */
export function writeWords({ stderr }: Pick<CliDeps, 'stderr'>, words: CertificateWords): void {
  stderr.write(wordLines(certificateWords(words)));
}

/** Writes what somebody should see to, to standard error. */
export function writeFindings({ stderr }: Pick<CliDeps, 'stderr'>, findings: readonly Finding[]): void {
  for (const { level, text } of findings) if (level !== 'ok') stderr.write(`warning: ${printable(text)}\n`);
}
