/** Which ASCII characters stay as they are in {@link percentEncode}; all other bytes become %XX. */
export type Kept = ReadonlySet<string>;

/** The characters of a text as a set. */
export function keeping(characters: string): Kept {
  return new Set(characters);
}

/** The visible ASCII characters and the blank. */
export const visibleAscii: string = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCodePoint(0x20 + at)).join('');

/** RFC 3986 section 2.3. */
export const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';

/** Percent-encodes all bytes of the UTF-8 of a text but those kept; half a surrogate pair becomes U+FFFD. */
export function percentEncode(text: string, kept: Kept): string {
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCodePoint(byte);
    encoded += byte < 0x80 && kept.has(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
