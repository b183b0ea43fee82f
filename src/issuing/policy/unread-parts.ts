import { decodeDer, objectIdentifier, sequenceOf } from '../../x509/asn1.ts';
import { extensionOids } from '../../x509/extensions.ts';
import { extensionRequestOid, readExtensionRequest } from '../../x509/requested.ts';

/** Attributes that ask for nothing: passwords, remarks, and with what software a CSR was made. */
const harmlessAttributes: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.9.2', // unstructuredName (RFC 2985 section 5.4.3)
  '1.2.840.113549.1.9.7', // challengePassword (RFC 2985 section 5.4.1)
  '1.3.6.1.4.1.311.13.2.2', // Microsoft: the provider of the key
  '1.3.6.1.4.1.311.13.2.3', // Microsoft: the version of the operating system
  '1.3.6.1.4.1.311.21.20', // Microsoft: the program that made it
]);

/** Extensions that the rules judge, and two that give who holds the certificate nothing. */
const judgedExtensions: ReadonlySet<string> = new Set([
  extensionOids.subjectAltName,
  extensionOids.keyUsage,
  extensionOids.extendedKeyUsage,
  extensionOids.basicConstraints,
  extensionOids.nameConstraints,
  extensionOids.subjectKeyIdentifier,
  '1.3.6.1.5.5.7.1.24', // TLS feature (RFC 7633): "must staple"
]);

/**
 * The first part of a CSR that no rule is about, and that a CA may obey all the same: AD CS reads a template and application policies,
 * OpenSSL and AD CS read extensions of Microsoft's own attribute (1.3.6.1.4.1.311.2.1.14), names among them.
 * @param der of a CSR that parseCsr has taken.
 */
export function unreadPart(der: Uint8Array): string | undefined {
  const [info] = sequenceOf(decodeDer(der, 'the CSR'), 'the CSR');
  const [, , , attributes] = sequenceOf(info, 'the body of the CSR');
  for (const attribute of attributes?.children ?? []) {
    const [type] = sequenceOf(attribute, 'an attribute');
    const oid = objectIdentifier(type, 'the type of an attribute');
    if (oid !== extensionRequestOid && !harmlessAttributes.has(oid)) return `attribute ${oid}`;
  }
  const other = [...readExtensionRequest(attributes).keys()].find((oid) => !judgedExtensions.has(oid));
  return other === undefined ? undefined : `extension ${other}`;
}
