import { printable } from './printable.ts';

/** A text from elsewhere on one line: white space as single spaces, control characters visible, at most `longest` characters. */
export function oneLine(text: string, longest: number): string {
  const start = text
    .slice(0, longest * 4)
    .toWellFormed()
    .replaceAll(/\s+/g, ' ')
    .trim();
  const clean = Array.from(printable(start));
  return clean.length > longest || text.length > longest * 4 ? `${clean.slice(0, longest - 1).join('')}…` : clean.join('');
}
