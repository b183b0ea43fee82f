import { BlockList, isIP } from 'node:net';

/** One IP address and its version, without a zone. */
export interface IpAddress {
  readonly address: string;
  readonly version: 'ipv4' | 'ipv6';
}

/** An IPv6 prefix (hexadecimal digits) whose addresses hold an IPv4 address from byte `at` on. */
interface Embedding {
  readonly prefix: string;
  readonly at: number;
  readonly inverted?: boolean;
}

const embeddings: readonly Embedding[] = [
  // IPv4-mapped (RFC 4291 section 2.5.5.2), IPv4-compatible (2.5.5.1), IPv4-translated (RFC 2765).
  { prefix: '00000000000000000000ffff', at: 12 },
  { prefix: '000000000000000000000000', at: 12 },
  { prefix: '0000000000000000ffff0000', at: 12 },
  // NAT64: the well-known prefix (RFC 6052) and the one for local use (RFC 8215).
  { prefix: '0064ff9b0000000000000000', at: 12 },
  { prefix: '0064ff9b0001', at: 12 },
  // 6to4 (RFC 3056), Teredo (RFC 4380).
  { prefix: '2002', at: 2 },
  { prefix: '20010000', at: 12, inverted: true },
];
/** Interface identifiers of ISATAP (RFC 5214 section 6.1), bytes 8 to 11. */
const isatap = ['00005efe', '02005efe'];

/**
 * The address itself, then every IPv4 address that an IPv6 address may lead to (mapped, NAT64, 6to4, Teredo, ISATAP):
 * whoever refuses one of them must refuse all. undefined where the text is no IP address.
 */
export function addressForms(text: string): readonly IpAddress[] | undefined {
  const address = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const version = isIP(address);
  if (version === 0) return undefined;
  if (version === 4) return [{ address, version: 'ipv4' }];
  const bytes = ipv6Bytes(address);
  const hex = Buffer.from(bytes).toString('hex');
  const found = embeddings.filter(({ prefix }) => hex.startsWith(prefix));
  if (isatap.includes(hex.slice(16, 24))) found.push({ prefix: '', at: 12 });
  return [
    { address, version: 'ipv6' },
    ...found.map(({ at, inverted = false }): IpAddress => {
      const four = bytes.slice(at, at + 4).map((byte) => (inverted ? byte ^ 0xff : byte));
      return { address: four.join('.'), version: 'ipv4' };
    }),
  ];
}

/** The sixteen bytes of an address that `isIP` says is IPv6. */
function ipv6Bytes(address: string): readonly number[] {
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...four: readonly string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = four.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = [], after = []] = hexadecimal.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** Adds an IP address or a CIDR to `list`; false where the text is neither. IPv4 within IPv6 is refused: it is judged as IPv4. */
export function addRange(list: BlockList, text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  if (version === 0 || address.includes('%') || /^::ffff:/i.test(address)) return false;
  if (bits !== undefined && Number(bits) > most) return false;
  list.addSubnet(address, bits === undefined ? most : Number(bits), version === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** A list of ranges that are known to be well written. */
export function rangesOf(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) if (!addRange(list, range)) throw new Error(`${range} is not an IP address or CIDR`);
  return list;
}
