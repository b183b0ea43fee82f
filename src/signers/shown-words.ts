import { oneLine } from '../lib/one-line.ts';

/**
 * What a server says, as people may see it (design rule 7): on one line, at most `longest` characters, without what looks like a key,
 * a certificate or a token. Secrets that are known are to be taken out before: half of one would not be known for what it is.
 */
export function shownWords(text: string, longest: number): string {
  return oneLine(text.replaceAll(/[A-Za-z0-9+/=_-]{64,}/g, '…'), longest);
}
