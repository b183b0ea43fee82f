import type { KeyObject } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { commonName, formatName } from '../../src/x509/name.ts';
import { decodePem } from '../../src/x509/pem.ts';

/** The certificates of a PEM text, in its order. @throws when one cannot be read. */
export function readCertificates(pem: Uint8Array): readonly Certificate[] {
  const blocks = decodePem(Buffer.from(pem).toString('latin1'));
  if (!blocks.ok) throw new Error(`the Secret holds no PEM: ${blocks.error.message}`);
  return blocks.value.map(({ der }) => {
    const certificate = parseCertificate(der);
    if (!certificate.ok) throw new Error(`the Secret holds a certificate that cannot be read: ${certificate.error}`);
    return certificate.value;
  });
}

/** A public key in the words of the trade: `RSA 2048`, `ECDSA P-256`, `Ed25519`. */
export function keyText({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === 'rsa') return `RSA ${details?.modulusLength}`;
  if (type === 'ec') return `ECDSA ${details?.namedCurve === 'prime256v1' ? 'P-256' : details?.namedCurve}`;
  return type === 'ed25519' ? 'Ed25519' : `${type}`;
}

/** The names a certificate is for, one each, as Node writes them: `DNS:www.example.com`. */
export function namesOf({ x509 }: Certificate): readonly string[] {
  return (x509.subjectAltName ?? '').split(', ').map((name) => name.replace('IP Address:', 'IP:'));
}

/** A certificate in a word: its common name, else its subject; one may have none, only names in the SAN extension. */
export function titleOf({ subject }: Certificate): string {
  return commonName(subject) ?? (formatName(subject) || '(no subject, only names)');
}
