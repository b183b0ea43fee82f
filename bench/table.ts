/** One figure, what it is measured against, and whether it holds. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
  readonly holds: boolean | undefined;
}

/** What a figure must reach, or stay below. */
interface Limit {
  readonly least?: number;
  readonly below?: number;
}

/** Sets one figure against its limit, where there is one. */
export function rowOf(what: string, value: number, unit: string, digits: number, limit: Limit = {}): Row {
  const { least, below } = limit;
  const words = least === undefined ? (below === undefined ? undefined : `< ${shown(below)}`) : `>= ${least.toFixed(0)}`;
  return {
    what,
    figure: `${value.toFixed(digits)} ${unit}`,
    goal: words === undefined ? '' : `${words} ${unit}`,
    holds: words === undefined ? undefined : value >= (least ?? -Infinity) && value < (below ?? Infinity),
  };
}

/** A limit as short as it can be written: 60, 1.01. */
function shown(limit: number): string {
  return String(Number(limit.toFixed(limit < 10 ? 2 : 0)));
}

/** The rows as a text table. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ what, figure, goal, holds }) => [
    what,
    figure,
    goal,
    holds === undefined ? '' : holds ? 'holds' : 'MISSED',
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
