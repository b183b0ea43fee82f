import { err, ok, type Result } from '../lib/result.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** RFC 4514 section 3: what a backslash may stand before, besides two hexadecimal digits. */
const special = new Set(' "#+,;<=>\\');
/** Each character with its backslash, or an octet as a backslash and two hexadecimal digits. */
const octetOrCharacter = /\\(?<hex>[0-9A-Fa-f]{2})|\\(?<escaped>[^])|(?<plain>[^\\])/gu;
const character = /\\(?<escaped>[^])|(?<plain>[^\\])/gu;

/** Splits at each separator that has no backslash before it; backslashes stay. */
export function splitUnescaped(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/**
 * The value that an attribute's text stands for, without the spaces around it that have no backslash. RFC 4514 knows backslashes before
 * special characters and UTF-8 octets in hexadecimal; the slash form takes one before any character that is no letter or digit.
 * The error is a predicate: `ends in a backslash; …`.
 */
export function unescapeValue(text: string, isSlashForm: boolean): Result<string, string> {
  const trimmed = text.replace(/^ +/, '');
  const octets: number[] = [];
  let end = 0;
  let consumed = 0;
  for (const match of trimmed.matchAll(isSlashForm ? character : octetOrCharacter)) {
    const { hex, escaped, plain } = match.groups ?? {};
    const unfit = isSlashForm ? slashProblem(escaped) : rfc4514Problem(escaped, plain, match.index === 0);
    if (unfit !== undefined) return err(unfit);
    octets.push(...(hex === undefined ? Buffer.from(escaped ?? plain ?? '') : [Number.parseInt(hex, 16)]));
    if (plain !== ' ') end = octets.length;
    consumed += match[0].length;
  }
  if (consumed < trimmed.length) return err('ends in a backslash; write "\\\\" for one that belongs to it');
  try {
    return ok(utf8.decode(Uint8Array.from(octets.slice(0, end))));
  } catch {
    return err('has octets in hexadecimal that are not UTF-8; write the characters themselves');
  }
}

function slashProblem(escaped: string | undefined): string | undefined {
  if (escaped === undefined || !/[\p{L}\p{N}]/u.test(escaped)) return undefined;
  return `has a backslash before "${escaped}"; write "\\\\" for a backslash, and "${escaped}" as it is`;
}

function rfc4514Problem(escaped: string | undefined, plain: string | undefined, isFirst: boolean): string | undefined {
  if (plain !== undefined && (/["<>;]/.test(plain) || (isFirst && plain === '#'))) {
    return `has a "${plain}" that RFC 4514 wants escaped; write "\\${plain}"`;
  }
  if (escaped === undefined || special.has(escaped)) return undefined;
  return `has a backslash where none is needed; write "\\\\" for a backslash, and other characters as they are`;
}
