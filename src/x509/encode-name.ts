import { derTags, writeDer, writeObjectIdentifier, writeSetOf } from './der-write.ts';

/** An attribute of a name that is to be written. */
export interface NewAttribute {
  /** In dotted decimals. */
  readonly oid: string;
  readonly value: string;
  /** Absent: UTF8String (RFC 5280 section 4.1.2.4). */
  readonly form?: 'utf8String' | 'printableString' | 'ia5String';
}

const commonNameOid = '2.5.4.3';
const organizationOid = '2.5.4.10';

/** Encodes a Name from its RDNs, in that order; gives DER. */
export function encodeRdns(rdns: readonly (readonly NewAttribute[])[]): Uint8Array {
  return writeDer(derTags.sequence, ...rdns.map((attributes) => writeSetOf(attributes.map(encodeAttribute))));
}

/** The name of a CA that is told by common name and organization; DER. */
export function encodeName(name: { readonly commonName: string; readonly organization?: string }): Uint8Array {
  const { commonName, organization } = name;
  return encodeRdns([
    ...(organization === undefined ? [] : [[{ oid: organizationOid, value: organization }]]),
    [{ oid: commonNameOid, value: commonName }],
  ]);
}

function encodeAttribute({ oid, value, form = 'utf8String' }: NewAttribute): Uint8Array {
  return writeDer(derTags.sequence, writeObjectIdentifier(oid), writeDer(derTags[form], Buffer.from(value, 'utf8')));
}
