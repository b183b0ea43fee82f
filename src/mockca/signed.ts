import { momentText } from '../lib/moment.ts';
import type { Issuance } from '../signers/ca/issuing.ts';
import type { Csr } from '../x509/csr.ts';
import { formatName } from '../x509/name.ts';

/** What was signed. */
export interface Signed {
  /** The certificate alone. */
  readonly certificatePem: string;
  /** The certificate, then all above it, the CA at the end. */
  readonly fullChainPem: string;
  readonly caPem: string;
  readonly csrPem: string;
  /** Decimal. */
  readonly serial: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** RFC 4514. */
  readonly subject: string;
}

/** Puts together what is known of a certificate and the CSR it was made for. */
export function signedFrom(csr: Csr, issued: Issuance): Signed {
  const { certificatePem, chainPem, caPem, serialHex, notBefore, notAfter } = issued;
  return {
    certificatePem,
    fullChainPem: chainPem.includes(caPem) ? chainPem : chainPem + caPem,
    caPem,
    csrPem: csr.pem,
    serial: BigInt(`0x${serialHex}`).toString(),
    notBefore,
    notAfter,
    subject: formatName(csr.subject),
  };
}

/** The fields of a certificate in JSON, as the server answers them. */
export function signedJson(signed: Signed): Readonly<Record<string, string>> {
  return {
    certificate: signed.certificatePem,
    certificate_chain: signed.fullChainPem,
    ca: signed.caPem,
    serial_number: signed.serial,
    not_before: momentText(signed.notBefore),
    not_after: momentText(signed.notAfter),
    subject: signed.subject,
  };
}
