import { X509Certificate } from 'node:crypto';
import { readValidity, type Validity } from './validity.ts';

/** A certificate as OpenSSL reads it. */
export interface ReadX509 {
  readonly x509: X509Certificate;
  /** Its DER, without what follows it in the input. */
  readonly raw: Uint8Array;
  /** Undefined where it cannot be read. */
  readonly validity: Validity | undefined;
}

/**
 * Remembers what is the same in every answer of a CA: the certificates of CAs, and who has signed whom among them. All of it follows
 * from the octets of the certificates alone, so it may be shared by issuers that do not trust each other.
 */
export interface KnownCas {
  /** Reads the certificate that `der` begins with; undefined where that is none. Only those of CAs are remembered. */
  read(der: Uint8Array): ReadX509 | undefined;
  /** Whether {@link KnownCas.keepSigned} was told of these two. */
  wasSigned(x509: X509Certificate, issuer: X509Certificate): boolean;
  /** The signature of `issuer` on `x509` is good. */
  keepSigned(x509: X509Certificate, issuer: X509Certificate): void;
}

const mostCertificates = 64;
/** Octets of a certificate that is remembered; those of CAs have one or two thousand. */
const mostOctets = 8192;

/** Makes an empty memory of at most 64 certificates; the oldest is forgotten first. */
export function createKnownCas(): KnownCas {
  const certificates = new Map<string, ReadX509>();
  const signed = new WeakMap<X509Certificate, WeakSet<X509Certificate>>();

  function keep(id: string, read: ReadX509): void {
    certificates.set(id, read);
    if (certificates.size <= mostCertificates) return;
    const [oldest] = certificates.keys();
    if (oldest !== undefined) certificates.delete(oldest);
  }

  return {
    read(der) {
      if (der.length > mostOctets) return parse(der);
      const id = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('latin1');
      const known = certificates.get(id);
      if (known !== undefined) return known;
      const read = parse(der);
      if (read?.x509.ca === true) keep(id, read);
      return read;
    },
    wasSigned: (x509, issuer) => signed.get(x509)?.has(issuer) === true,
    keepSigned(x509, issuer) {
      const issuers = signed.get(x509) ?? new WeakSet();
      signed.set(x509, issuers.add(issuer));
    },
  };
}

function parse(der: Uint8Array): ReadX509 | undefined {
  try {
    const x509 = new X509Certificate(der);
    return { x509, raw: x509.raw, validity: readValidity(x509) };
  } catch {
    return undefined;
  }
}
