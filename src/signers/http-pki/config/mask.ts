import { createByteSearch, type ByteSearch } from './byte-search.ts';
import { base64Views, hexViews } from './decode-runs.ts';
import { viewOf, type TextView } from './text-view.ts';
import { ofAny, ofAnyAndForm, ofForm, ofJson, ofUrl, ofXml, type Unescape } from './unescape.ts';

/** Takes secrets out of a text. */
export type Mask = (text: string) => string;

/** A shorter secret would be found in words that have nothing to do with it. */
const leastSecret = 4;
/** A line of a key in PEM is a secret too; a shorter one is not. */
const leastLine = 16;
/** A longer secret of many lines is looked for by its lines only where line breaks were changed. */
const longestRewritten = 4096;
/** More than the values of a Secret and the tokens of a busy issuer. */
const mostSecrets = 256;
/** Bytes of all that is looked for, lines included; a mask takes about ten times that memory. */
const mostBytes = 320 * 1024;
/** What is shown of a text where there are more secrets than are looked for. */
const notShown = '…';

/**
 * Makes a function that replaces each of the secrets by `***`, however it is written: as it is, percent-encoded in whole or in part, in a
 * form, in JSON or XML; and in base64, base64url and hexadecimal, alone or as a part of what is encoded. Secrets of fewer than four
 * characters are left out. Time is in proportion to the text. Where the secrets are more than 256, or more than about 128 KiB, nothing
 * of any text is shown but `…`.
 */
export function createMask(secrets: readonly string[]): Mask {
  const wanted = [...new Set(secrets)].filter((secret) => secret.length >= leastSecret);
  if (wanted.length === 0) return (text) => text;
  if (wanted.length > mostSecrets || totalLength(wanted) > mostBytes) return () => notShown;
  const patterns = wanted.flatMap(patternsOf);
  if (totalLength(patterns) > mostBytes) return () => notShown;
  const search = createByteSearch(patterns);
  return (text) => withoutSecrets(text, search);
}

/** A mask of secrets that change, such as tokens; it is made anew only when they have, and not before it is used. */
export function createLiveMask(secrets: () => readonly string[]): Mask {
  let last: { readonly of: ReadonlySet<string>; readonly mask: Mask } | undefined;
  return (text) => {
    const now = secrets();
    if (last === undefined || !isSame(last.of, now)) last = { of: new Set(now), mask: createMask(now) };
    return last.mask(text);
  };
}

function isSame(before: ReadonlySet<string>, now: readonly string[]): boolean {
  return before.size === new Set(now).size && now.every((secret) => before.has(secret));
}

function totalLength(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function patternsOf(secret: string): readonly Uint8Array[] {
  const texts = new Set([secret, ...rewritten(secret)]);
  const patterns: Uint8Array[] = [...texts].map((text) => Buffer.from(text, 'utf8'));
  // Hexadecimal says the same in upper case.
  if (/^(?:[0-9a-f]{2}){4,}$/i.test(secret)) patterns.push(Buffer.from(secret, 'hex'));
  return patterns;
}

/** A secret of many lines is found by each of them too, and where line breaks were written in the other way. */
function rewritten(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/);
  if (lines.length === 1) return [];
  const long = lines.map((line) => line.trim()).filter((line) => line.length >= leastLine && !line.startsWith('-----'));
  return secret.length > longestRewritten ? long : [lines.join('\n'), lines.join('\r\n'), ...long];
}

function withoutSecrets(text: string, search: ByteSearch): string {
  // How many places that hold a secret begin at a character, less those that end before it.
  const changes = new Int32Array(text.length + 1);
  let any = false;
  for (const { bytes, starts, ends } of readings(text)) {
    search.find(bytes, (first, last) => {
      const [start, end] = [starts[first] ?? 0, ends[last] ?? 0];
      changes[start] = (changes[start] ?? 0) + 1;
      changes[end] = (changes[end] ?? 0) - 1;
      any = true;
    });
  }
  return any ? starred(text, changes) : text;
}

function starred(text: string, changes: Int32Array): string {
  const shown: string[] = [];
  let [depth, from] = [0, 0];
  for (let at = 0; at <= text.length; at += 1) {
    const before = depth;
    depth += changes[at] ?? 0;
    if (before === 0 && depth > 0) shown.push(text.slice(from, at), '***');
    if (before > 0 && depth === 0) from = at;
  }
  return shown.join('') + text.slice(from);
}

/** The escapes of one language at a time, since a secret may hold what is an escape in another, and those of others inside of it. */
const nested: readonly (readonly [outer: Unescape, inner: readonly Unescape[]])[] = [
  [ofUrl, [ofUrl, ofJson, ofXml]],
  [ofForm, [ofJson, ofXml]],
  [ofJson, [ofUrl, ofForm, ofXml]],
  [ofXml, [ofUrl, ofJson]],
];

/** Every way to read a text in which a secret may be found. */
function* readings(text: string): Iterable<TextView> {
  const plain = viewOf(text);
  yield plain;
  yield* encoded(plain);
  for (const [unescape, inner] of nested) {
    const outer = unescape(plain);
    if (outer === undefined) continue;
    yield outer;
    for (const unescapeInner of inner) yield* present(unescapeInner(outer));
  }
  yield* present(ofAnyAndForm(plain));
  const any = ofAny(plain);
  if (any === undefined) return;
  yield any;
  yield* encoded(any);
}

/** What is read from digits; in base64 there may be JSON, or a form. */
function* encoded(view: TextView): Iterable<TextView> {
  yield* hexViews(view);
  for (const decoded of base64Views(view)) {
    yield decoded;
    yield* present(ofJson(decoded));
    yield* present(ofForm(decoded));
  }
}

function present(view: TextView | undefined): readonly TextView[] {
  return view === undefined ? [] : [view];
}
