import { X509Certificate } from 'node:crypto';
import { formatDuration } from '../lib/duration.ts';
import { momentText } from '../lib/moment.ts';
import { printable } from '../lib/printable.ts';
import { sanTexts } from '../mockca/san-text.ts';
import type { Issuance } from '../signers/ca/issuing.ts';
import type { Csr } from '../x509/csr.ts';
import { formatName } from '../x509/name.ts';
import type { KeyType } from '../x509/public-key.ts';
import { shellWord } from '../lib/shell-word.ts';

const mostNames = 20;

/** One signing, as it is told of and written. */
export interface SignedCertificate {
  readonly csr: Csr;
  readonly certificate: Issuance;
  /** What was asked, in seconds. */
  readonly durationSeconds: number;
  readonly isCA: boolean;
  readonly signedBy: string;
  /** The certificate ends when the CA's does. */
  readonly endsWithCA: boolean;
}

/** A short account of one signing, for people. */
export function accountOf({ csr, certificate, durationSeconds, isCA, signedBy, endsWithCA }: SignedCertificate): string {
  const names = sanTexts(csr.sans);
  const more = names.length > mostNames ? `, and ${names.length - mostNames} more` : '';
  const shortened = endsWithCA ? ', when the CA ends' : '';
  const lines: readonly (readonly [string, string])[] = [
    ['Subject', formatName(csr.subject, 400) || '(empty)'],
    ['Names', names.length === 0 ? '(none)' : names.slice(0, mostNames).join(', ') + more],
    ['Key', keyText(csr.keyType)],
    ...(isCA ? [['Kind', 'CA certificate'] as const] : []),
    [
      'Valid',
      `${momentText(certificate.notBefore)} to ${momentText(certificate.notAfter)} (${formatDuration(durationSeconds * 1000)} asked${shortened})`,
    ],
    ['Serial', certificate.serialHex],
    ['Signed by', signedBy],
  ];
  return lines.map(([label, text]) => `${label.padEnd(10)} ${printable(text)}\n`).join('');
}

/** How to check the certificate with openssl, in the words of a shell; empty where the CA is not known. */
export function verifyAdvice(files: {
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly certificate: Pick<Issuance, 'caPem'>;
}): string {
  const { caFile = 'ca.crt', certificateFile = 'tls.crt', certificate } = files;
  if (certificate.caPem === '') return '';
  const [ca, leaf] = [shellWord(caFile), shellWord(certificateFile)];
  const { subject, issuer } = new X509Certificate(certificate.caPem);
  const partial = subject === issuer ? '' : '-partial_chain ';
  // The file holds the intermediates, now or after the next renewal: openssl takes them from -untrusted only.
  const command = `openssl verify ${partial}-CAfile ${ca} -untrusted ${leaf} ${leaf}`;
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
