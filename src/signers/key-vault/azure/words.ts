import { shownWords } from '../../shown-words.ts';

/** Characters of a server's own words that are shown (design rule 7). */
const longestWords = 200;
/** More than this is not looked at. */
const longestText = 4096;
/** Shorter ones would hide words of the language. */
const shortestSecret = 4;

/**
 * What a server says, in quotes: on one line, at most 200 characters, without the secrets that it repeats and what looks like a token.
 * '' where it says nothing.
 */
export function quoted(text: unknown, secrets: Iterable<string>): string {
  if (typeof text !== 'string') return '';
  // First of all secrets, then the cut: half a secret would not be known for one.
  const masked = [...secrets]
    .flatMap((secret) => (secret.length < shortestSecret ? [] : [secret, encodeURIComponent(secret)]))
    .toSorted((one, other) => other.length - one.length)
    .reduce((left, secret) => left.replaceAll(secret, '…'), text.slice(0, longestText));
  const shown = shownWords(masked, longestWords);
  return shown === '' ? '' : `"${shown}"`;
}

/** A JSON document, or undefined. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A member of an object of a document, whatever it is. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The codes of a server's error: what is a word of letters, digits and `_`, and no secret that it repeats. */
export function codesOf(values: readonly unknown[], secrets: Iterable<string>): readonly string[] {
  const hidden = new Set(secrets);
  return values.filter((value) => typeof value === 'string').filter((value) => /^\w{1,64}$/.test(value) && !hidden.has(value));
}
