import type { RestResult } from './controller.ts';
import { cpuRowsOf } from './report-pki.ts';
import type { KeyVaultResult } from './scenarios/key-vault.ts';
import { rowOf, type Row } from './table.ts';

/** Sets the figures of issuers with keys in a vault against their goals; memory against that of a controller without them. */
export function keyVaultRowsOf(
  { backlog, rsa, latency, callsPerCertificate: calls }: KeyVaultResult,
  rest: RestResult,
  restEmpty: RestResult,
): readonly Row[] {
  return [
    rowOf(`key in a vault, P-256, backlog of ${backlog.count}`, backlog.certificatesPerSecond, 'certificates/s', 0),
    ...cpuRowsOf(backlog, 'the double, and of what has no part in it'),
    rowOf('  status writes', backlog.statusWritesPerCertificate, 'a certificate', 2, { below: 1.01 }),
    rowOf('  memory at the peak', backlog.peakRssMb, 'MB resident', 0),
    rowOf(`  RSA 2048, backlog of ${rsa.count}`, rsa.certificatesPerSecond, 'certificates/s', 0),
    rowOf(`latency at ${latency.perSecond}/s with that vault, p50`, latency.p50Ms, 'ms', 0),
    rowOf('  p99', latency.p99Ms, 'ms', 0),
    rowOf('  calls of the vault that sign', calls.signs, 'a certificate', 2, { below: 1.01 }),
    rowOf('  calls of the vault that do not', calls.others, 'a certificate', 2, { below: 0.01 }),
    rowOf('memory at rest with an issuer of a vault', rest.rssMb, 'MB resident', 0),
    rowOf('  more than without one', rest.rssMb - restEmpty.rssMb, 'MB resident', 0),
    rowOf('  after a forced collection', rest.collectedRssMb - restEmpty.collectedRssMb, 'MB resident', 0),
    rowOf('  heap after it', rest.heapMb - restEmpty.heapMb, 'MB', 1),
  ];
}
