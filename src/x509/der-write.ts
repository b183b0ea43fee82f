/** Tags of the universal types that are written here (X.680 section 8.6). */
export const derTags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Writes one element: identifier octet, definite length in the fewest octets (X.690 section 10.1), then the parts. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag, ...lengthOctets(length)), ...parts]));
}

/** NULL. */
export function writeNull(): Uint8Array {
  return writeDer(derTags.null);
}

/** The identifier octet of a constructed element with a context-specific tag, up to 30. */
export function contextTag(tag: number): number {
  return 0xa0 | tag;
}

/** Writes a SET OF: its elements in ascending order of their encodings (X.690 section 11.6). */
export function writeSetOf(elements: readonly Uint8Array[]): Uint8Array {
  return writeDer(derTags.set, ...elements.toSorted((a, b) => Buffer.compare(a, b)));
}

/** Writes a BIT STRING of whole octets, as signatures are. */
export function writeBitOctets(octets: Uint8Array): Uint8Array {
  return writeDer(derTags.bitString, Uint8Array.of(0), octets);
}

/** Writes a non-negative INTEGER from its octets, highest first; at least one. */
export function writeUnsigned(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0);
  const significant = first === -1 ? octets.subarray(-1) : octets.subarray(first);
  const isNegative = (significant[0] ?? 0) >= 0x80;
  return writeDer(derTags.integer, ...(isNegative ? [Uint8Array.of(0)] : []), significant);
}

/** Writes an OBJECT IDENTIFIER from dotted decimals (X.690 section 8.19). */
export function writeObjectIdentifier(oid: string): Uint8Array {
  const [root = 0, second = 0, ...arcs] = oid.split('.').map(Number);
  return writeDer(derTags.objectIdentifier, Uint8Array.from([root * 40 + second, ...arcs].flatMap(arcOctets)));
}

/** Seven bits an octet, highest first, all but the last marked. */
function arcOctets(arc: number): readonly number[] {
  const octets = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) octets.unshift((rest % 128) | 0x80);
  return octets;
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}
