import { ContentInfo, id_signedData } from '@peculiar/asn1-cms';
import { AsnConvert, AsnProp, AsnPropTypes, type IAsnParseOptions } from '@peculiar/asn1-schema';
import { messageOf } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';

const mostBytes = 1024 * 1024;
const mostCertificates = 100;
/** A CRL in it may hold thousands of entries, of which none is looked at. */
const limits: IAsnParseOptions = { berOptions: { maxDepth: 24, maxNodes: 50_000, parseEmbedded: false } };

/**
 * SignedData (RFC 5652 section 5.1) with everything but its certificates left as it is: the library's own class decodes no CRL of the
 * usual kind, and would encode the certificates anew, which must stay the bytes that are signed.
 */
class CertificatesOf {
  readonly certificates?: readonly ArrayBuffer[];
}

const any = { type: AsnPropTypes.Any } as const;
const optionalSet = { ...any, implicit: true, repeated: 'set', optional: true } as const;
for (const [name, property] of Object.entries({
  version: any,
  digestAlgorithms: any,
  encapContentInfo: any,
  certificates: { ...optionalSet, context: 0 },
  crls: { ...optionalSet, context: 1 },
  signerInfos: any,
})) {
  AsnProp(property)(CertificatesOf.prototype, name);
}

/**
 * Reads the certificates of a PKCS #7 SignedData, in DER or BER (indefinite lengths too): what a certs-only answer of EST holds (RFC
 * 7030 section 4.1.3). Signatures, CRLs and attribute certificates in it are not looked at.
 * @returns each certificate as it is, an empty list where there is none; the error is a clause. At most 1 MiB and 100 certificates.
 */
export function readPkcs7(der: Uint8Array): Result<readonly Uint8Array[], string> {
  if (der.length > mostBytes) return err(`it has ${der.length} bytes; at most ${mostBytes} are read`);
  try {
    const { contentType, content } = AsnConvert.parse(der, ContentInfo, limits);
    if (contentType !== id_signedData)
      return err('it is not SignedData (RFC 5652), the kind of PKCS #7 that holds certificates');
    const { certificates = [] } = AsnConvert.parse(content, CertificatesOf, limits);
    // Certificates are SEQUENCEs; the obsolete kinds and attribute certificates have tags of their own.
    const found = certificates.map((bytes) => new Uint8Array(bytes)).filter((bytes) => bytes[0] === 0x30);
    return found.length > mostCertificates ? err(`it holds more than ${mostCertificates} certificates`) : ok(found);
  } catch (error) {
    return err(`it is not PKCS #7: ${messageOf(error).slice(0, 200)}`);
  }
}
