import {
  AsnBooleanConverter,
  AsnConvert,
  AsnObjectIdentifierConverter,
  type IAsnConverter,
  type IAsnConvertible,
  type IAsnParseOptions,
} from '@peculiar/asn1-schema';
import { messageOf } from '../lib/errors.ts';

/** A block of the ASN.1 library, as its converters take it. */
type Block = ReturnType<IAsnConverter['toASN']>;

/** One element of decoded DER. The bytes are views of one copy of the input. */
export interface Asn1Node {
  readonly tagClass: 'universal' | 'application' | 'context' | 'private';
  readonly tag: number;
  readonly constructed: boolean;
  /** The element with its header. */
  readonly der: Uint8Array;
  readonly content: Uint8Array;
  readonly children: readonly Asn1Node[];
  readonly block: Block;
}

/** Thrown while reading DER, with a clause about what is wrong; the readers of whole objects turn it into a problem. */
export class Asn1Error extends Error {}

/** Thrown where the input goes on after its first element. */
export class TrailingDataError extends Asn1Error {}

/** The parts of the library's block that are measured here. */
interface Measured {
  readonly blockLength: number;
  readonly idBlock: {
    readonly tagClass: number;
    readonly tagNumber: number;
    readonly isConstructed: boolean;
    readonly blockLength: number;
  };
  readonly lenBlock: { readonly isIndefiniteForm: boolean; readonly length: number; readonly blockLength: number };
  readonly valueBlock: { readonly value?: unknown };
  readonly valueBeforeDecodeView: Uint8Array;
}

/**
 * Writes an element that is DER already as it is. The library would decode it and encode it again, which costs a third of
 * a millisecond a certificate. It writes a block by `toBER`, the one method this stands in for.
 */
export const rawDer: IAsnConverter<Uint8Array> = {
  fromASN: () => {
    throw new Asn1Error('encoding only');
  },
  toASN: (der) => {
    const bytes = new Uint8Array(der).buffer;
    const toBER = (_sizeOnly: boolean, writer?: { write(part: ArrayBuffer): void }): ArrayBuffer => {
      writer?.write(bytes);
      return bytes;
    };
    return { toBER, idBlock: {}, lenBlock: {}, valueBlock: {} } as unknown as Block;
  },
};

/** Receives the root block from the library, which hands it to classes that convert themselves. */
class Root implements IAsnConvertible {
  block: Block | undefined;

  fromASN(block: Block): this {
    this.block = block;
    return this;
  }

  toASN(): Block {
    throw new Asn1Error('decoding only');
  }

  toSchema(): Block {
    throw new Asn1Error('decoding only');
  }
}

const limits: IAsnParseOptions = { berOptions: { maxDepth: 24, maxNodes: 5000, parseEmbedded: false } };
const classes = ['universal', 'application', 'context', 'private'] as const;
const sequenceTag = 16;
const setTag = 17;

/**
 * Decodes one element that fills the input. The library reads BER; lengths that are not DER (indefinite, longer than needed,
 * children that do not fill their parent, strings in parts) are refused here, because subject, key and names are copied
 * into certificates as they are. At most 5000 elements, 24 deep.
 * @param what names the input in messages. @throws {Asn1Error}
 */
export function decodeDer(input: Uint8Array, what: string): Asn1Node {
  let block: Block | undefined;
  try {
    block = AsnConvert.parse(input, Root, limits).block;
  } catch (error) {
    throw new Asn1Error(`${what} is not DER: ${messageOf(error)}`);
  }
  if (block === undefined) throw new Asn1Error(`${what} is not DER`);
  const node = strict(block);
  const rest = input.length - node.der.length;
  if (rest !== 0) throw new TrailingDataError(`${rest} bytes follow the end of ${what}`);
  return node;
}

function strict(block: Block): Asn1Node {
  const { idBlock, lenBlock, blockLength, valueBlock, valueBeforeDecodeView: der } = block as unknown as Measured;
  const { length } = lenBlock;
  const octets = length < 0x80 ? 1 : length < 0x1_00 ? 2 : length < 0x1_00_00 ? 3 : 4;
  const header = idBlock.blockLength + lenBlock.blockLength;
  if (
    lenBlock.isIndefiniteForm ||
    lenBlock.blockLength !== octets ||
    header + length !== blockLength ||
    der.length !== blockLength
  ) {
    throw new Asn1Error('a length in it is not encoded as DER requires');
  }
  const tagClass = classes[idBlock.tagClass - 1] ?? 'private';
  const { tagNumber: tag, isConstructed: constructed } = idBlock;
  if (tagClass === 'universal' && constructed !== (tag === sequenceTag || tag === setTag)) {
    throw new Asn1Error('a value in it is encoded in parts, which DER forbids');
  }
  const children = constructed ? (valueBlock.value as Block[]).map(strict) : [];
  if (constructed && children.reduce((sum, child) => sum + child.der.length, 0) !== length) {
    throw new Asn1Error('an element in it does not end where the one around it ends');
  }
  return { tagClass, tag, constructed, der, content: der.subarray(header), children, block };
}

/** Whether the node is there and is of a universal type, by tag number (X.680 section 8.6). */
export function isUniversal(node: Asn1Node | undefined, tag: number): node is Asn1Node {
  return node !== undefined && node.tagClass === 'universal' && node.tag === tag;
}

/** Whether the node is there and has the context-specific tag. */
export function isContext(node: Asn1Node | undefined, tag: number): node is Asn1Node {
  return node !== undefined && node.tagClass === 'context' && node.tag === tag;
}

/** The elements of a SEQUENCE. @throws {Asn1Error} */
export function sequenceOf(node: Asn1Node | undefined, what: string): readonly Asn1Node[] {
  return expectUniversal(node, sequenceTag, what).children;
}

/** The elements of the SEQUENCE that fills the input. @throws {Asn1Error} */
export function decodeSequence(input: Uint8Array, what: string): readonly Asn1Node[] {
  return sequenceOf(decodeDer(input, what), what);
}

/** The elements of a SET. @throws {Asn1Error} */
export function setOf(node: Asn1Node | undefined, what: string): readonly Asn1Node[] {
  return expectUniversal(node, setTag, what).children;
}

/** The bytes of an OCTET STRING. @throws {Asn1Error} */
export function octetString(node: Asn1Node | undefined, what: string): Uint8Array {
  return expectUniversal(node, 4, what).content;
}

/** The bytes of a BIT STRING and how many bits of the last one are unused. @throws {Asn1Error} */
export function bitString(
  node: Asn1Node | undefined,
  what: string,
): { readonly bytes: Uint8Array; readonly unusedBits: number } {
  const { content } = expectUniversal(node, 3, what);
  const unusedBits = content[0] ?? 8;
  if (unusedBits > 7 || (content.length === 1 && unusedBits > 0)) throw new Asn1Error(`${what} is not a valid BIT STRING`);
  return { bytes: content.subarray(1), unusedBits };
}

/** The bytes of a BIT STRING of whole octets, as keys and signatures are. @throws {Asn1Error} */
export function bitOctets(node: Asn1Node | undefined, what: string): Uint8Array {
  const { bytes, unusedBits } = bitString(node, what);
  if (unusedBits !== 0) throw new Asn1Error(`${what} does not end at an octet`);
  return bytes;
}

/** A small non-negative INTEGER. @throws {Asn1Error} */
export function smallInteger(node: Asn1Node | undefined, what: string): number {
  const { content } = expectUniversal(node, 2, what);
  if (content.length === 0 || content.length > 4 || (content[0] ?? 0x80) >= 0x80)
    throw new Asn1Error(`${what} is out of range`);
  return content.reduce((value, octet) => value * 256 + octet, 0);
}

/** A BOOLEAN, only as DER encodes it. @throws {Asn1Error} */
export function boolean(node: Asn1Node | undefined, what: string): boolean {
  const { content, block } = expectUniversal(node, 1, what);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new Asn1Error(`${what} is not a valid BOOLEAN`);
  return AsnBooleanConverter.fromASN(block as never);
}

/** An OBJECT IDENTIFIER in dotted decimals. @throws {Asn1Error} */
export function objectIdentifier(node: Asn1Node | undefined, what: string): string {
  const { content, block } = expectUniversal(node, 6, what);
  const padded = content.some((octet, at) => octet === 0x80 && (at === 0 || (content[at - 1] ?? 0) < 0x80));
  if (content.length === 0 || content.length > 128 || padded || (content.at(-1) ?? 0x80) >= 0x80) {
    throw new Asn1Error(`${what} is not a valid OBJECT IDENTIFIER`);
  }
  return AsnObjectIdentifierConverter.fromASN(block as never);
}

function expectUniversal(node: Asn1Node | undefined, tag: number, what: string): Asn1Node {
  if (!isUniversal(node, tag)) throw new Asn1Error(`${what} is missing or of another type`);
  return node;
}
