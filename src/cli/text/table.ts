import { stripVTControlCharacters } from 'node:util';

/** Spaces between two columns, as kubectl has it. */
const gap = 3;

/** Rows under their headings, each column as wide as its widest cell; a cell may hold colours. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, at) => Math.max(...[heading, ...rows.map((row) => row[at] ?? '')].map(widthOf)));
  const lines = [headings, ...rows].map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell) + gap)))
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function widthOf(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
