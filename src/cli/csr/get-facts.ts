import { momentText } from '../../lib/moment.ts';
import { oneLine } from '../../lib/one-line.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { parseCertificate, type Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { certificateLabels, decodePem } from '../../x509/pem.ts';
import type { SubjectAltNames } from '../../x509/san.ts';

/** What there is to say of a certificate, for programs; names in RFC 4514, times in RFC 3339. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hexadecimal. */
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** `DNS:a.example`, `IP:10.0.0.1`, `URI:…`, `email:…`, `otherName:<OID>`. */
  readonly sans: readonly string[];
}

/** Characters of a name. */
const longestName = 500;

/** Reads a chain as an API object holds it, leaf first; the error is a clause. Text around its blocks is left out. */
export function readChain(pem: string): Result<readonly [Certificate, ...Certificate[]], string> {
  const blocks = decodePem(pem);
  if (!blocks.ok) return err(blocks.error.message);
  const certificates: Certificate[] = [];
  for (const { label, der } of blocks.value) {
    if (!certificateLabels.has(label)) return err(`it holds a block ${label} among its certificates`);
    const certificate = parseCertificate(der);
    if (!certificate.ok) return certificate;
    certificates.push(certificate.value);
  }
  const [leaf, ...above] = certificates;
  return leaf === undefined ? err('it holds no PEM block') : ok([leaf, ...above]);
}

/** The facts of one certificate; the texts are safe for a terminal. */
export function certificateFacts(certificate: Certificate): CertificateFacts {
  const { subject, issuer, serialHex, notBefore, notAfter, sans } = certificate;
  return {
    subject: formatName(subject),
    issuer: formatName(issuer),
    serial: serialHex,
    notBefore: momentText(notBefore),
    notAfter: momentText(notAfter),
    sans: sanTexts(sans),
  };
}

/** Each name with its type: `DNS:a.example`. Safe for a terminal. */
export function sanTexts({ dns, ip, uri, email, otherName, unsupported }: SubjectAltNames): readonly string[] {
  const texts = [
    ...dns.map((name) => `DNS:${name}`),
    ...ip.map((address) => `IP:${address}`),
    ...uri.map((address) => `URI:${address}`),
    ...email.map((address) => `email:${address}`),
    ...otherName.map(({ oid }) => `otherName:${oid}`),
    ...unsupported,
  ];
  return texts.map((text) => oneLine(text, longestName));
}
