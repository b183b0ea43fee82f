import type { BacklogResult } from './scenarios/backlog.ts';
import type { RestResult } from './controller.ts';
import type { LatencyResult } from './scenarios/latency.ts';

/** All figures of one run. */
export interface Results {
  readonly date: string;
  readonly node: string;
  readonly cpus: string;
  readonly rawWritesPerSecond: number;
  readonly backlog: BacklogResult;
  readonly latency: LatencyResult;
  readonly restEmpty: RestResult;
  readonly restFinished: RestResult & { readonly finished: number };
}

/** One figure, what it is measured against, and whether it holds. */
interface Row {
  readonly what: string;
  readonly figure: string;
  readonly goal: string;
  readonly holds: boolean | undefined;
}

/** Sets the figures against the goals. */
export function rowsOf(results: Results): readonly Row[] {
  const { backlog, latency, restEmpty, restFinished, rawWritesPerSecond } = results;
  const rateGoal = Math.max(100, rawWritesPerSecond / 2);
  const row = (
    what: string,
    value: number,
    unit: string,
    digits: number,
    limit?: { readonly least?: number; readonly below?: number },
  ): Row => ({
    what,
    figure: `${value.toFixed(digits)} ${unit}`,
    goal:
      limit?.least === undefined
        ? limit?.below === undefined
          ? ''
          : `< ${limit.below} ${unit}`
        : `>= ${limit.least.toFixed(0)} ${unit}`,
    holds: limit === undefined ? undefined : value >= (limit.least ?? -Infinity) && value < (limit.below ?? Infinity),
  });
  return [
    row('raw status writes, the limit', rawWritesPerSecond, '/s', 0),
    row(`backlog of ${backlog.count}`, backlog.certificatesPerSecond, 'certificates/s', 0, { least: rateGoal }),
    row('controller CPU', backlog.cpuMsPerCertificate, 'ms/certificate', 1, { below: 8 }),
    row('status writes', backlog.statusWritesPerCertificate, 'a certificate', 2, { below: 1.01 }),
    row('events in a backlog', backlog.eventsPerCertificate, 'a certificate', 2),
    row('start to first certificate', backlog.firstIssuedMs, 'ms', 0),
    row(`latency at ${latency.perSecond}/s, p50`, latency.p50Ms, 'ms', 0),
    row(`latency at ${latency.perSecond}/s, p99`, latency.p99Ms, 'ms', 0, { below: 60 }),
    row('memory at rest, empty cluster', restEmpty.rssMb, 'MB resident', 0, { below: 90 }),
    row('  after a forced collection', restEmpty.collectedRssMb, 'MB resident', 0),
    row('  heap after it', restEmpty.heapMb, 'MB', 1),
    row(`memory added by ${restFinished.finished} finished requests`, restFinished.rssMb - restEmpty.rssMb, 'MB resident', 0),
    row('  after a forced collection', restFinished.collectedRssMb - restEmpty.collectedRssMb, 'MB resident', 0, { below: 30 }),
    row('  heap after it', restFinished.heapMb - restEmpty.heapMb, 'MB', 1, { below: 10 }),
    row('memory at the peak of the backlog', backlog.peakRssMb, 'MB resident', 0),
  ];
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
