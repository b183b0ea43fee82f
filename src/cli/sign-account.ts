import { X509Certificate } from 'node:crypto';
import { formatDuration } from '../lib/duration.ts';
import { printable } from '../lib/printable.ts';
import { sanTexts } from '../mockca/san-text.ts';
import { rfc3339 } from '../mockca/signed.ts';
import type { AuthorityCertificate, CertificateAuthority } from '../signers/mock-ca/authority.ts';
import type { Csr } from '../x509/csr.ts';
import { formatName } from '../x509/name.ts';
import type { KeyType } from '../x509/public-key.ts';

const mostNames = 20;

/** A short account of one signing, for people. */
export function accountOf(signing: {
  readonly csr: Csr;
  readonly authority: CertificateAuthority;
  readonly issued: AuthorityCertificate;
  readonly durationSeconds: number;
  readonly isCA: boolean;
}): string {
  const { csr, authority, issued, durationSeconds, isCA } = signing;
  const names = sanTexts(csr.sans);
  const more = names.length > mostNames ? `, and ${names.length - mostNames} more` : '';
  const shortened = issued.notAfter === authority.notAfter ? ', when the CA ends' : '';
  const lines: readonly (readonly [string, string])[] = [
    ['Subject', formatName(csr.subject, 400) || '(empty)'],
    ['Names', names.length === 0 ? '(none)' : names.slice(0, mostNames).join(', ') + more],
    ['Key', keyText(csr.keyType)],
    ...(isCA ? [['Kind', 'CA certificate'] as const] : []),
    [
      'Valid',
      `${rfc3339(issued.notBefore)} to ${rfc3339(issued.notAfter)} (${formatDuration(durationSeconds * 1000)} asked${shortened})`,
    ],
    ['Serial', issued.serialHex],
    ['Signed by', `${authority.subject} (a CA for tests)`],
  ];
  return lines.map(([label, text]) => `${label.padEnd(10)} ${printable(text)}\n`).join('');
}

/** How to check the certificate with openssl, in the words of a shell. */
export function verifyAdvice(files: {
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly authority: CertificateAuthority;
}): string {
  const { caFile = 'ca.crt', certificateFile = 'tls.crt', authority } = files;
  const [ca, certificate] = [shellWord(caFile), shellWord(certificateFile)];
  const { subject, issuer } = new X509Certificate(authority.certificatePem);
  const isRoot = subject === issuer;
  const command = isRoot
    ? `openssl verify -CAfile ${ca} ${certificate}`
    : `openssl verify -partial_chain -CAfile ${ca} -untrusted ${certificate} ${certificate}`;
  const missing = [
    ...(files.certificateFile === undefined ? ['--out tls.crt'] : []),
    ...(files.caFile === undefined ? ['--ca-out ca.crt'] : []),
  ];
  const condition = missing.length === 0 ? '' : `${' '.repeat(11)}(once both are in files, as PEM: ${missing.join(' ')})\n`;
  return `Verify     ${command}\n${condition}`;
}

function keyText(type: KeyType): string {
  if (type.kind === 'rsa') return `RSA ${type.bits}`;
  return type.kind === 'ec' ? `ECDSA ${type.curve}` : 'Ed25519';
}

function shellWord(text: string): string {
  const word = text.startsWith('-') ? `./${text}` : text;
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
