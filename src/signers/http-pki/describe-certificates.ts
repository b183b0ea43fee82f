import { parseCertificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { decodePem } from '../../x509/pem.ts';

/** Certificates as they were read from an answer, or stand in the configuration; PEM. */
export interface CertificatesRead {
  readonly chainPem: string;
  readonly caPem: string | undefined;
  readonly caBundle: string | undefined;
}

/** What was read, for people: a line for each certificate, in the order in which it came. */
export function describeCertificates({ chainPem, caPem, caBundle }: CertificatesRead): string {
  return [
    ...linesOf('certificate', chainPem),
    ...linesOf('CA certificate', caPem ?? ''),
    ...linesOf('CA certificate of pki.response.caBundle', caBundle ?? ''),
  ].join('\n');
}

function linesOf(what: string, pem: string): readonly string[] {
  const blocks = decodePem(pem, { maxBlocks: 200 });
  if (!blocks.ok) return [];
  return blocks.value.map(({ der }) => {
    const certificate = parseCertificate(der);
    if (!certificate.ok) return `${what} that cannot be read: ${certificate.error}`;
    const { subject, issuer, serialHex, notAfter } = certificate.value;
    const until = new Date(notAfter).toISOString();
    return `${what}: ${formatName(subject)}, signed by ${formatName(issuer)}, serial ${serialHex}, until ${until}`;
  });
}
