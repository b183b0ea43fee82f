import { X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '../lib/result.ts';
import { Asn1Error, type Asn1Node, decodeDer, decodeSequence, isContext, octetString, sequenceOf } from './asn1.ts';
import {
  extensionOids,
  type RawExtension,
  readBasicConstraints,
  readExtendedKeyUsage,
  readExtensions,
  readKeyUsage,
} from './extensions.ts';
import { type Name, readName } from './name.ts';
import { encodePem } from './pem.ts';
import { keyIdOf } from './public-key.ts';
import { noSans, readSans, type SubjectAltNames } from './san.ts';
import { readValidity, unreadableValidity, type Validity } from './validity.ts';

/** What is read from a certificate (RFC 5280). */
export interface Certificate extends Validity {
  readonly x509: X509Certificate;
  readonly der: Uint8Array;
  /** Normalised: 64 characters a line, LF, trailing newline. */
  readonly pem: string;
  readonly subject: Name;
  readonly issuer: Name;
  /** Lower-case hexadecimal, as OpenSSL writes it otherwise. */
  readonly serialHex: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** The subject key identifier; where the extension is absent, the one the key would have. */
  readonly keyId: Uint8Array;
  readonly isCA: boolean;
  readonly pathLength?: number;
  /** Bit numbers, ascending; absent where the extension is. */
  readonly keyUsage?: readonly number[];
  /** Object identifiers; absent where the extension is. */
  readonly extendedKeyUsage?: readonly string[];
  readonly sans: SubjectAltNames;
  /** The extension that the names are in, as it is. */
  readonly sanExtension?: RawExtension;
  /** The value of the extension, DER, as it is. */
  readonly nameConstraints?: Uint8Array;
}

/**
 * Reads a certificate from DER; the error is what is wrong with it, as a clause. Its signature is not looked at.
 * @param x509 the same certificate, where the caller has it already.
 */
export function parseCertificate(der: Uint8Array, x509?: X509Certificate): Result<Certificate, string> {
  try {
    return ok(readCertificate(der, x509 ?? new X509Certificate(der)));
  } catch (error) {
    return err(error instanceof Asn1Error ? error.message : 'it is not an X.509 certificate (RFC 5280)');
  }
}

function readCertificate(der: Uint8Array, x509: X509Certificate): Certificate {
  const [tbs] = decodeSequence(der, 'the certificate');
  const fields = sequenceOf(tbs, 'the body of the certificate');
  const offset = isContext(fields[0], 0) ? 1 : 0;
  const spki = fields[offset + 5];
  const list = fields.find((field) => isContext(field, 3));
  const extensions = list === undefined ? new Map<string, RawExtension>() : readExtensions(list.children[0]);
  const sans = extensions.get(extensionOids.subjectAltName);
  const nameConstraints = extensions.get(extensionOids.nameConstraints);
  const validity = readValidity(x509);
  if (validity === undefined) throw new Asn1Error(unreadableValidity);
  return {
    x509,
    der,
    pem: encodePem('CERTIFICATE', der),
    subject: readName(fields[offset + 4], 'the subject'),
    issuer: readName(fields[offset + 2], 'the issuer'),
    serialHex: x509.serialNumber.toLowerCase(),
    ...validity,
    spki: spki?.der ?? new Uint8Array(),
    keyId: readKeyId(extensions, spki),
    ...readBasics(extensions),
    sans: sans === undefined ? noSans : readSans(sans.value),
    ...(sans === undefined ? {} : { sanExtension: sans }),
    ...(nameConstraints === undefined ? {} : { nameConstraints: nameConstraints.value }),
  };
}

function readKeyId(extensions: ReadonlyMap<string, RawExtension>, spki: Asn1Node | undefined): Uint8Array {
  const extension = extensions.get(extensionOids.subjectKeyIdentifier);
  return extension === undefined
    ? keyIdOf(spki)
    : octetString(decodeDer(extension.value, 'the SubjectKeyIdentifier extension'), 'the SubjectKeyIdentifier extension');
}

function readBasics(
  extensions: ReadonlyMap<string, RawExtension>,
): Pick<Certificate, 'isCA' | 'pathLength' | 'keyUsage' | 'extendedKeyUsage'> {
  const basicConstraints = extensions.get(extensionOids.basicConstraints);
  const keyUsage = extensions.get(extensionOids.keyUsage);
  const extendedKeyUsage = extensions.get(extensionOids.extendedKeyUsage);
  const { cA, pathLength } = basicConstraints === undefined ? { cA: false } : readBasicConstraints(basicConstraints.value);
  return {
    isCA: cA,
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(keyUsage === undefined ? {} : { keyUsage: readKeyUsage(keyUsage.value) }),
    ...(extendedKeyUsage === undefined ? {} : { extendedKeyUsage: readExtendedKeyUsage(extendedKeyUsage.value) }),
  };
}
