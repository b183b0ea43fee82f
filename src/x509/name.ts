import { type Asn1Node, objectIdentifier, sequenceOf, setOf } from './asn1.ts';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** Object identifier of its type. */
  readonly oid: string;
  /** The value as text; empty where it is no string. */
  readonly value: string;
  /** The value, DER. */
  readonly der: Uint8Array;
}

/** A distinguished name: its DER, byte for byte as it came, and its RDNs in the order of the encoding (RFC 5280 section 4.1.2.4). */
export interface Name {
  readonly der: Uint8Array;
  readonly rdns: readonly (readonly NameAttribute[])[];
}

const commonNameOid = '2.5.4.3';

/** The descriptors of RFC 4514 section 3, and those of RFC 4519 and RFC 2985 that subjects of certificates hold. */
const descriptors: Readonly<Record<string, string>> = {
  [commonNameOid]: 'CN',
  '2.5.4.4': 'sn',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'givenName',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

/** Reads a Name that is decoded already. @throws {Asn1Error} */
export function readName(node: Asn1Node | undefined, what: string): Name {
  const rdns = sequenceOf(node, what).map((rdn) =>
    setOf(rdn, `an RDN of ${what}`).map((attribute) => readAttribute(attribute, what)),
  );
  return { der: node?.der ?? new Uint8Array(), rdns };
}

function readAttribute(node: Asn1Node, what: string): NameAttribute {
  const [type, value] = sequenceOf(node, `an attribute of ${what}`);
  const oid = objectIdentifier(type, `an attribute type of ${what}`);
  return { oid, value: value === undefined ? '' : readString(value), der: value?.der ?? new Uint8Array() };
}

/** The text of a DirectoryString or IA5String (RFC 5280 section 4.1.2.4); T61String is read as Latin-1, as everyone does. */
function readString(node: Asn1Node): string {
  if (node.tagClass !== 'universal') return '';
  try {
    if (node.tag === 12) return utf8.decode(node.content);
    // Go, and with it the API server, takes a terminator for no part of a BMPString: it must not hide a name from us.
    if (node.tag === 30) return utf16.decode(node.content).replace(/\0$/, '');
  } catch {
    return '';
  }
  return [18, 19, 20, 22, 26].includes(node.tag) ? Buffer.from(node.content).toString('latin1') : '';
}

/** Whether the name has no RDN, as in a certificate whose identity is in its alternative names alone. */
export function isEmptyName(name: Name): boolean {
  return name.rdns.length === 0;
}

/** The first common name, or undefined where there is none. */
export function commonName(name: Name): string | undefined {
  for (const rdn of name.rdns) {
    for (const attribute of rdn) if (attribute.oid === commonNameOid) return attribute.value;
  }
  return undefined;
}

/** The values of all attributes of a type, by its descriptor (`O`), in the order of the encoding. */
export function attributeValues(name: Name, descriptor: string): readonly string[] {
  const oid = attributeOid(descriptor);
  return name.rdns.flat().flatMap((attribute) => (attribute.oid === oid ? [attribute.value] : []));
}

/** The descriptor of a type of attribute (`CN`), or its object identifier where it has none. */
export function attributeType(oid: string): string {
  return descriptors[oid] ?? oid;
}

/** The object identifier of a descriptor, in whatever case it is written; undefined for an unknown one. */
export function attributeOid(type: string): string | undefined {
  const wanted = type.toLowerCase();
  return Object.keys(descriptors).find((oid) => descriptors[oid]?.toLowerCase() === wanted);
}

/**
 * The name as RFC 4514 writes it: last RDN first, special and control characters escaped, unknown types and values that are no
 * strings in hexadecimal. Cut after `maxLength` characters, for messages; `''` for the empty name.
 */
export function formatName(name: Name, maxLength = 500): string {
  let text = '';
  for (const rdn of name.rdns.toReversed()) {
    text += (text === '' ? '' : ',') + rdn.map(formatAttribute).join('+');
    if (text.length > maxLength) return `${cutText(text, maxLength)}…`;
  }
  return text;
}

/** The beginning of a text; a character of two UTF-16 units that does not fit is left out whole. */
export function cutText(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

function formatAttribute(attribute: NameAttribute): string {
  const { oid, value, der } = attribute;
  const descriptor = descriptors[oid];
  if (descriptor === undefined || (value === '' && der.length > 2)) {
    return `${descriptor ?? oid}=#${Buffer.from(der).toString('hex')}`;
  }
  return `${descriptor}=${escapeValue(value)}`;
}

/** RFC 4514 section 2.4; characters that show as nothing, or turn the text round, are escaped by their UTF-8 octets too. */
function escapeValue(value: string): string {
  return value
    .replaceAll(/["+,;<>\\]/g, '\\$&')
    .replaceAll(/^[ #]| $/g, '\\$&')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      [...Buffer.from(character)].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join(''),
    );
}
