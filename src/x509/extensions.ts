import {
  Asn1Error,
  type Asn1Node,
  bitString,
  boolean,
  decodeDer,
  decodeSequence,
  isUniversal,
  objectIdentifier,
  octetString,
  sequenceOf,
  smallInteger,
} from './asn1.ts';

/** An extension as it came: its value is the DER inside the OCTET STRING. */
export interface RawExtension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Object identifiers of the extensions this project reads and writes (RFC 5280 section 4.2.1). */
export const extensionOids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Thrown where one extension is there twice (RFC 5280 section 4.2 forbids it): which one counts would be a guess. */
export class DuplicateExtensionError extends Asn1Error {}

/** Reads an Extensions sequence into a map by object identifier. @throws {Asn1Error} {@link DuplicateExtensionError} */
export function readExtensions(node: Asn1Node | undefined): ReadonlyMap<string, RawExtension> {
  const extensions = new Map<string, RawExtension>();
  for (const extension of sequenceOf(node, 'the list of extensions')) {
    const [type, second, third] = sequenceOf(extension, 'an extension');
    const oid = objectIdentifier(type, 'the type of an extension');
    const critical = isUniversal(second, 1) && boolean(second, 'the critical flag of an extension');
    const value = octetString(isUniversal(second, 1) ? third : second, `the value of extension ${oid}`);
    if (extensions.has(oid)) throw new DuplicateExtensionError(`extension ${oid} is there twice`);
    extensions.set(oid, { critical, value });
  }
  return extensions;
}

/** Bit numbers of a KeyUsage, ascending (RFC 5280 section 4.2.1.3). @throws {Asn1Error} */
export function readKeyUsage(value: Uint8Array): readonly number[] {
  const { bytes, unusedBits } = bitString(decodeDer(value, 'the KeyUsage extension'), 'the KeyUsage extension');
  const bits: number[] = [];
  for (let bit = 0; bit < bytes.length * 8 - unusedBits; bit += 1) {
    if (((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) bits.push(bit);
  }
  return bits;
}

/** Object identifiers of an ExtendedKeyUsage, in its order. @throws {Asn1Error} */
export function readExtendedKeyUsage(value: Uint8Array): readonly string[] {
  return decodeSequence(value, 'the ExtendedKeyUsage extension').map((node) => objectIdentifier(node, 'an extended key usage'));
}

/** BasicConstraints (RFC 5280 section 4.2.1.9). @throws {Asn1Error} */
export function readBasicConstraints(value: Uint8Array): { readonly cA: boolean; readonly pathLength?: number } {
  const [first, second] = decodeSequence(value, 'the BasicConstraints extension');
  const cA = isUniversal(first, 1) && boolean(first, 'the CA flag');
  const pathLength = isUniversal(first, 1) ? second : first;
  return pathLength === undefined ? { cA } : { cA, pathLength: smallInteger(pathLength, 'the path length') };
}
