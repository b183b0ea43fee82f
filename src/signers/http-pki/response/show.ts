import { printable } from '../../../lib/printable.ts';

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

/** A path of the configuration, in quotes. */
export function showPath(path: string): string {
  return `"${oneLine(path, 100)}"`;
}

/** What kind of thing a value is, without its content. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'string') return value.trim() === '' ? 'an empty text' : 'a text';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'number' ? 'a number' : 'true or false';
}
