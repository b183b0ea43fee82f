/** One row: its name, and for each column one cell of one or more lines. */
export interface TableRow {
  readonly name: string;
  readonly cells: readonly (readonly string[])[];
}

const gap = 2;

/** Lays out rows as text: names on the left, columns as wide as their longest line, no trailing spaces. */
export function layOutTable(rows: readonly TableRow[], style: (name: string) => string = (name) => name): string {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length)) + gap;
  const columns = Math.max(...rows.map(({ cells }) => cells.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.flatMap(({ cells }) => (cells[column] ?? []).map((text) => text.length))),
  );
  return rows.map((row) => layOutRow(row, nameWidth, widths, style)).join('\n');
}

function layOutRow({ name, cells }: TableRow, nameWidth: number, widths: readonly number[], style: (name: string) => string) {
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const texts = widths.map((width, column) => (cells[column]?.[line] ?? '').padEnd(width + gap));
    const label = line === 0 ? style(name) + ' '.repeat(nameWidth - name.length) : ' '.repeat(nameWidth);
    return `  ${label}${texts.join('')}`.trimEnd();
  }).join('\n');
}
