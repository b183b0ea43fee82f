import { stringify } from 'yaml';

/** Formats that programs read. */
export type StructuredFormat = 'json' | 'yaml';

/** A value as JSON or YAML, with a newline at its end. */
export function renderStructured(value: unknown, format: StructuredFormat): string {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
