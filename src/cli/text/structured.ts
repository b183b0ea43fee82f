import { stringify } from 'yaml';
import { printable } from '../../lib/printable.ts';

/** Formats that programs read. */
export type StructuredFormat = 'json' | 'yaml';

/**
 * A value as JSON or YAML, with a newline at its end. Safe for a terminal: control characters and marks that turn the direction of
 * writing are escaped as both formats have it, so that programs read what was there.
 */
export function renderStructured(value: unknown, format: StructuredFormat): string {
  if (format === 'json') return `${escaped(JSON.stringify(value, null, 2))}\n`;
  const options = { aliasDuplicateObjects: false, lineWidth: 0 };
  const text = stringify(value, options);
  // Only a quoted text of YAML can hold an escape.
  return escaped(text) === text ? text : escaped(stringify(value, { ...options, defaultStringType: 'QUOTE_DOUBLE' }));
}

function escaped(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
