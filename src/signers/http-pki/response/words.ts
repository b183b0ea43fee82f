import { ok, type Result } from '../../../lib/result.ts';
import type { WrittenResponse } from '../schema/response.ts';
import type { ReadAnswer, Selector } from './contract.ts';
import { createSelector } from './selector.ts';
import { showPath, typeName } from './show.ts';
import { shownWords } from '../../shown-words.ts';

const longestWords = 200;
const longestCode = 40;
const mostEntries = 3;

/**
 * Finds the CA's own words: cleaned, on one line, at most 200 characters, and nothing that looks like a key or a token. Gives the end
 * of a sentence: `; it says: "<its words>" (code 9002)`, or `; ` and what keeps them from being there.
 * @param field the block of the response: `pki.response`. @param mask takes out secrets that a CA repeats, before anything is cut.
 */
export function createWords(
  response: WrittenResponse,
  field: string,
  mask: (text: string) => string = String,
): Result<(answer: ReadAnswer) => string, string> {
  const { errorField, errorCodeField } = response;
  const code = selectorOf(errorCodeField, `${field}.errorCodeField`);
  if (!code.ok) return code;
  const reason = selectorOf(errorField, `${field}.errorField`);
  if (!reason.ok) return reason;
  return ok((answer) => {
    const codeText = textOf(code.value?.(answer));
    const shownCode = codeText === undefined ? '' : ` (code ${clean(codeText, longestCode, mask)})`;
    if (errorField === undefined || reason.value === undefined) {
      return `${shownCode}; to see why, set ${field}.errorField to where its answer gives the reason`;
    }
    const value = reason.value(answer);
    const words = textOf(value);
    if (words !== undefined) return `; it says: "${clean(words, longestWords, mask)}"${shownCode}`;
    const found = value === undefined ? 'nothing' : typeName(value);
    return `${shownCode}; it gives no reason (${field}.errorField ${showPath(errorField)} finds ${found})`;
  });
}

function selectorOf(path: string | undefined, field: string): Result<Selector | undefined, string> {
  return path === undefined ? ok(undefined) : createSelector(path, field);
}

/** The text of what was found; of a list, its first entries. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  const entries = value
    .filter((entry) => !Array.isArray(entry))
    .map(textOf)
    .filter((entry) => entry !== undefined);
  return entries.length === 0 ? undefined : entries.slice(0, mostEntries).join('; ');
}

/** Words for people; a CA may echo what it was sent, and a key, a certificate or a token says nothing to them. */
function clean(text: string, longest: number, mask: (text: string) => string): string {
  if (/PRIVATE\s+KEY/i.test(text)) return '(not shown: it holds a private key)';
  return shownWords(mask(text.slice(0, 10_000)), longest);
}
