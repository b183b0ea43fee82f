import { createViewBuilder, type TextView, type ViewBuilder } from './text-view.ts';

/** Reads one escape that begins at `at`; the bytes it takes, 0 where there is none. It gives no more bytes than it takes. */
type ReadEscape = (view: TextView, at: number, to: ViewBuilder) => number;

/** Makes a view anew with its escapes read; undefined where it has none. */
export type Unescape = (view: TextView) => TextView | undefined;

const code = (character: string): number => character.charCodeAt(0);
const percent = code('%');
const backslash = code('\\');
const ampersand = code('&');
const semicolon = code(';');

/** The digit's value in hexadecimal; NaN for what is none. */
export function nibble(byte: number | undefined): number {
  if (byte === undefined) return Number.NaN;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : Number.NaN;
}

/** @see RFC 3986 section 2.1 */
const readPercent: ReadEscape = ({ bytes, starts, ends }, at, to) => {
  if (bytes[at] !== percent) return 0;
  const byte = nibble(bytes[at + 1]) * 16 + nibble(bytes[at + 2]);
  if (Number.isNaN(byte)) return 0;
  to.push(byte, starts[at] ?? 0, ends[at + 2] ?? 0);
  return 3;
};

/** A blank as forms write it. */
const readPlus: ReadEscape = ({ bytes, starts, ends }, at, to) => {
  if (bytes[at] !== code('+')) return 0;
  to.push(32, starts[at] ?? 0, ends[at] ?? 0);
  return 1;
};

const shortEscapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', "'": "'", '\\': '\\', '/': '/' }).map(
    ([letter, meant]) => [code(letter), code(meant)],
  ),
);

/** @see RFC 8259 section 7 */
const readJson: ReadEscape = (view, at, to) => {
  const { bytes, starts, ends } = view;
  if (bytes[at] !== backslash) return 0;
  const short = shortEscapes.get(bytes[at + 1] ?? 0);
  if (short !== undefined) {
    to.push(short, starts[at] ?? 0, ends[at + 1] ?? 0);
    return 2;
  }
  const high = unitAt(bytes, at);
  if (Number.isNaN(high)) return 0;
  const low = high >= 0xd800 && high <= 0xdbff ? unitAt(bytes, at + 6) : Number.NaN;
  const isPair = low >= 0xdc00 && low <= 0xdfff;
  const length = isPair ? 12 : 6;
  to.pushPoint(isPair ? 0x10000 + (high - 0xd800) * 0x400 + low - 0xdc00 : high, starts[at] ?? 0, ends[at + length - 1] ?? 0);
  return length;
};

/** The UTF-16 unit of `\u00e4`; NaN where none is written. */
function unitAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== backslash || bytes[at + 1] !== code('u')) return Number.NaN;
  let unit = 0;
  for (let digit = at + 2; digit < at + 6; digit += 1) unit = unit * 16 + nibble(bytes[digit]);
  return unit;
}

const longestEntity = 10;
const entities: readonly (readonly [Uint8Array, number])[] = Object.entries({
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}).map(([name, meant]) => [Buffer.from(name), code(meant)]);

/** @see Extensible Markup Language 1.0, section 4.1 */
const readXml: ReadEscape = ({ bytes, starts, ends }, at, to) => {
  if (bytes[at] !== ampersand) return 0;
  let end = at + 1;
  while (end < at + longestEntity && bytes[end] !== semicolon && bytes[end] !== ampersand) end += 1;
  if (bytes[end] !== semicolon) return 0;
  const point = bytes[at + 1] === code('#') ? numbered(bytes, at + 2, end) : named(bytes, at + 1, end);
  if (Number.isNaN(point) || point > 0x10ffff) return 0;
  to.pushPoint(point, starts[at] ?? 0, ends[end] ?? 0);
  return end + 1 - at;
};

function named(bytes: Uint8Array, from: number, end: number): number {
  const found = entities.find(([name]) => name.length === end - from && name.every((byte, at) => bytes[from + at] === byte));
  return found?.[1] ?? Number.NaN;
}

/** The number of `#228` or `#xe4`; NaN where it is none. */
function numbered(bytes: Uint8Array, from: number, end: number): number {
  const isHex = ((bytes[from] ?? 0) | 0x20) === code('x');
  const [base, first] = isHex ? [16, from + 1] : [10, from];
  let point = first < end ? 0 : Number.NaN;
  for (let at = first; at < end; at += 1) {
    const digit = nibble(bytes[at]);
    point = digit < base ? point * base + digit : Number.NaN;
  }
  return point;
}

function unescape(readers: readonly ReadEscape[]): Unescape {
  return (view) => {
    const { bytes, starts, ends } = view;
    const to = createViewBuilder(bytes.length);
    let seen = 0;
    for (let at = 0; at < bytes.length;) {
      const byte = bytes[at] ?? 0;
      const taken = isMark(byte) ? takenBy(readers, view, at, to) : 0;
      if (taken === 0) to.push(byte, starts[at] ?? 0, ends[at] ?? 0);
      seen += taken;
      at += Math.max(taken, 1);
    }
    return seen === 0 ? undefined : to.build();
  };
}

function isMark(byte: number): boolean {
  return byte === percent || byte === backslash || byte === ampersand || byte === 43;
}

function takenBy(readers: readonly ReadEscape[], view: TextView, at: number, to: ViewBuilder): number {
  for (const read of readers) {
    const taken = read(view, at, to);
    if (taken > 0) return taken;
  }
  return 0;
}

export const ofUrl: Unescape = unescape([readPercent]);
export const ofForm: Unescape = unescape([readPercent, readPlus]);
export const ofJson: Unescape = unescape([readJson]);
export const ofXml: Unescape = unescape([readXml]);

/** The escapes of all, as where something escaped more than it had to. */
export const ofAny: Unescape = unescape([readPercent, readJson, readXml]);
export const ofAnyAndForm: Unescape = unescape([readPercent, readPlus, readJson, readXml]);
