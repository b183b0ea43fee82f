import { oneLine } from '../../../lib/one-line.ts';

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
