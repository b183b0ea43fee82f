import { keeping, percentEncode, unreserved, visibleAscii, type Kept } from './percent.ts';

/** A parameter; its value is given how texts are encoded, so that structure of its own, as in a subject, stays readable. */
export interface Pair {
  readonly name: string;
  value(encode: (text: string) => string): string;
}

/** application/x-www-form-urlencoded, as body and as query; a value that is empty is written as `name=`. */
export function formPairs(pairs: readonly Pair[]): string {
  const form = new URLSearchParams();
  for (const { name, value } of pairs) form.append(name, value(String));
  return form.toString();
}

/**
 * What stays as it is in a text/plain body: those that read it may not decode anything, so only what could change the pairs is
 * encoded, with the percent sign itself.
 */
const keptInBody = keeping(visibleAscii.replaceAll(/[;=%&]/g, ''));

/** In a query "+" may be read as a blank, and what RFC 3986 section 3.4 does not allow there is encoded too. */
const keptInQuery = keeping(`${unreserved}/:@!$*,()?`);

/** Pairs with semicolons between them, `k=v;k2=v2`; a value that is empty leaves the key alone. */
export function semicolonBody(pairs: readonly Pair[]): string {
  return semicolons(pairs, keptInBody);
}

/** The same, to be put behind the question mark of a URL. */
export function semicolonQuery(pairs: readonly Pair[]): string {
  return semicolons(pairs, keptInQuery);
}

function semicolons(pairs: readonly Pair[], kept: Kept): string {
  return pairs
    .map(({ name, value }) => {
      const text = value((part) => encodePart(part, kept));
      return text === '' ? name : `${name}=${text}`;
    })
    .join(';');
}

/** Blanks at the ends are encoded, since readers drop them there. */
function encodePart(text: string, kept: Kept): string {
  return percentEncode(text, kept).replaceAll(/^ +| +$/g, (blanks) => '%20'.repeat(blanks.length));
}
