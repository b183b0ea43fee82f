import { createViewBuilder, gap, type TextView } from './text-view.ts';
import { nibble } from './unescape.ts';

/** Digits that carry some bits each: what a byte stands for, 255 where it is no digit. */
interface Digits {
  readonly values: Uint8Array;
  readonly bits: number;
  /** How many digits there are until a byte begins at a digit again: so many ways there are to read a run of them. */
  readonly period: number;
}

const notDigit = 255;

function digits(bits: number, period: number, value: (byte: number) => number): Digits {
  return { bits, period, values: Uint8Array.from({ length: 256 }, (_, byte) => value(byte)) };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Both alphabets of base64 at once (RFC 4648 sections 4 and 5). */
const base64 = digits(6, 4, (byte) => {
  const character = String.fromCharCode(byte);
  const at = alphabet.indexOf(character === '-' ? '+' : character === '_' ? '/' : character);
  return at === -1 ? notDigit : at;
});

/** @see RFC 4648 section 8 */
const hexadecimal = digits(4, 2, (byte) => {
  const value = nibble(byte);
  return Number.isNaN(value) ? notDigit : value;
});

/** What all runs of base64 digits give, once from each digit that a byte may begin at. Line breaks do not end a run. */
export function base64Views(view: TextView): readonly TextView[] {
  return Array.from({ length: base64.period }, (_, skip) => decodeRuns(view, base64, skip));
}

/** The same of hexadecimal. */
export function hexViews(view: TextView): readonly TextView[] {
  return Array.from({ length: hexadecimal.period }, (_, skip) => decodeRuns(view, hexadecimal, skip));
}

function decodeRuns({ bytes, starts, ends }: TextView, { values, bits }: Digits, skip: number): TextView {
  const to = createViewBuilder(bytes.length);
  let toSkip = skip;
  let held = 0;
  let heldBits = 0;
  let start = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const value = values[byte] ?? notDigit;
    if (value === notDigit) {
      if (byte === 10 || byte === 13) continue;
      to.push(gap, starts[at] ?? 0, ends[at] ?? 0);
      toSkip = skip;
      heldBits = 0;
    } else if (toSkip > 0) toSkip -= 1;
    else {
      if (heldBits === 0) start = starts[at] ?? 0;
      held = ((held << bits) | value) & 0xffff;
      heldBits += bits;
      if (heldBits < 8) continue;
      heldBits -= 8;
      to.push((held >> heldBits) & 0xff, start, ends[at] ?? 0);
      start = starts[at] ?? 0;
    }
  }
  return to.build();
}
