import { X509Certificate } from 'node:crypto';
import { openssl } from '../../x509/tools.ts';

/** A CSR in the forms in which clients send one. */
export interface CsrForms {
  readonly pem: string;
  readonly der: Uint8Array;
  readonly base64Der: string;
  readonly base64Pem: string;
}

/** A CSR by openssl: ECDSA, subject as openssl's -subj wants it, DNS names. */
export function makeCsr(subject: string, names: readonly string[] = [], more: readonly string[] = []): CsrForms {
  const sans = names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
  const pem = openssl(['req', '-new', ...key, '-subj', subject, ...sans, ...more]);
  const der = new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));
  return {
    pem,
    der,
    base64Der: Buffer.from(der).toString('base64'),
    base64Pem: Buffer.from(pem).toString('base64'),
  };
}

/** Whether the public key of a certificate is that of a CSR. */
export function isFor(certificatePem: string, csr: CsrForms): boolean {
  const spki = new X509Certificate(certificatePem).publicKey.export({ format: 'der', type: 'spki' });
  return Buffer.from(csr.der).includes(spki);
}
