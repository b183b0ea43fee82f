import type { BacklogResult } from './scenarios/backlog.ts';
import type { RestResult } from './controller.ts';
import type { LatencyResult } from './scenarios/latency.ts';
import type { PkiResult } from './scenarios/pki.ts';
import type { KeyVaultResult } from './scenarios/key-vault.ts';
import { keyVaultRowsOf } from './report-key-vault.ts';
import { pkiRowsOf } from './report-pki.ts';
import { rowOf, type Row } from './table.ts';

/** All figures of one run. */
export interface Results {
  readonly date: string;
  readonly node: string;
  readonly cpus: string;
  readonly rawWritesPerSecond: number;
  readonly backlog: BacklogResult;
  readonly latency: LatencyResult;
  readonly pki: PkiResult;
  readonly keyVault: KeyVaultResult;
  readonly restEmpty: RestResult;
  readonly restKeyVault: RestResult;
  readonly restFinished: RestResult & { readonly finished: number };
}

/** Sets the figures against the goals. */
export function rowsOf(results: Results): readonly Row[] {
  const { backlog, latency, pki, restEmpty, restFinished, rawWritesPerSecond } = results;
  const rateGoal = Math.max(100, rawWritesPerSecond / 2);
  return [
    rowOf('raw status writes, the limit', rawWritesPerSecond, '/s', 0),
    rowOf(`backlog of ${backlog.count}`, backlog.certificatesPerSecond, 'certificates/s', 0, { least: rateGoal }),
    rowOf('controller CPU', backlog.cpuMsPerCertificate, 'ms/certificate', 1, { below: 8 }),
    rowOf('status writes', backlog.statusWritesPerCertificate, 'a certificate', 2, { below: 1.01 }),
    rowOf('events in a backlog', backlog.eventsPerCertificate, 'a certificate', 2),
    rowOf('start to first certificate', backlog.firstIssuedMs, 'ms', 0),
    rowOf(`latency at ${latency.perSecond}/s, p50`, latency.p50Ms, 'ms', 0),
    rowOf(`latency at ${latency.perSecond}/s, p99`, latency.p99Ms, 'ms', 0, { below: 60 }),
    ...pkiRowsOf(pki, backlog, rawWritesPerSecond),
    ...keyVaultRowsOf(results.keyVault, results.restKeyVault, restEmpty),
    rowOf('memory at rest, empty cluster', restEmpty.rssMb, 'MB resident', 0, { below: 90 }),
    rowOf('  after a forced collection', restEmpty.collectedRssMb, 'MB resident', 0),
    rowOf('  heap after it', restEmpty.heapMb, 'MB', 1),
    rowOf(`memory added by ${restFinished.finished} finished requests`, restFinished.rssMb - restEmpty.rssMb, 'MB resident', 0),
    rowOf('  after a forced collection', restFinished.collectedRssMb - restEmpty.collectedRssMb, 'MB resident', 0, {
      below: 30,
    }),
    rowOf('  heap after it', restFinished.heapMb - restEmpty.heapMb, 'MB', 1, { below: 10 }),
    rowOf('memory at the peak of the backlog', backlog.peakRssMb, 'MB resident', 0),
  ];
}
