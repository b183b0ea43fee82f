import { createMask } from '../config/mask.ts';
import { shownWords } from '../../shown-words.ts';

/** Characters of a server's own words that are shown (design rule 7). */
const longestWords = 200;
/** More than this is not looked at. */
const longestText = 4096;

/**
 * What a token server says of a refusal, in the fields that such servers use: `error` and `error_description` (RFC 6749 section
 * 5.2), `errors` (Vault), `message`. Secrets that it repeats are masked, and so is what looks like a token; '' where it says nothing.
 */
export function serverWords(document: unknown, secrets: readonly string[]): string {
  if (typeof document !== 'object' || document === null) return '';
  const { error, error_description: description, errors, message } = document as Readonly<Record<string, unknown>>;
  const all = [error, description, message, ...(Array.isArray(errors) ? errors.slice(0, 5) : [])];
  const text = all
    .flatMap((each) => (typeof each === 'string' && each.trim() !== '' ? [each.slice(0, longestText)] : []))
    .join(': ');
  return shownWords(createMask(secrets)(text), longestWords);
}
