import { cpus } from 'node:os';
import { defaultInFlight } from './pki-issuer.ts';
import { rowOf, type Row } from './table.ts';
import type { BacklogResult } from './scenarios/backlog.ts';
import type { PkiResult } from './scenarios/pki.ts';

/** Sets the figures of the issuer over HTTPS against its limits, and against the mock CA in memory. */
export function pkiRowsOf(pki: PkiResult, mock: BacklogResult, rawWritesPerSecond: number): readonly Row[] {
  const { backlog, limit, latencyMs, more, hanging } = pki;
  const slots = (defaultInFlight * 1000) / latencyMs;
  const least = 0.8 * Math.min(rawWritesPerSecond, limit.signaturesPerSecond, slots);
  const growth = (key: 'heapMb' | 'collectedRssMb'): number => more.rest[key] - backlog.rest[key];
  return [
    rowOf(`${defaultInFlight} at a CA that takes ${latencyMs} ms`, slots, '/s', 0),
    rowOf('  the CA alone, driven by hand', limit.signaturesPerSecond, '/s', 0),
    rowOf('  the CA and status writes, by hand', limit.signedAndWrittenPerSecond, '/s', 0),
    rowOf(`CA over HTTPS, backlog of ${backlog.count}`, backlog.certificatesPerSecond, 'certificates/s', 0, { least }),
    rowOf('  signing requests at the CA', pki.signaturesPerCertificate, 'a certificate', 2, { below: 1.01 }),
    rowOf('  status writes', backlog.statusWritesPerCertificate, 'a certificate', 2, { below: 1.01 }),
    ...cpuRowsOf(backlog),
    rowOf('  memory at the peak', backlog.peakRssMb, 'MB resident', 0),
    rowOf('    more than the mock CA in memory', backlog.peakRssMb - mock.peakRssMb, 'MB resident', 0),
    rowOf('  memory afterwards, collected', backlog.rest.collectedRssMb, 'MB resident', 0),
    rowOf('    more than the mock CA in memory', backlog.rest.collectedRssMb - mock.rest.collectedRssMb, 'MB resident', 0),
    rowOf('    heap', backlog.rest.heapMb, 'MB', 1),
    rowOf('    more than the mock CA in memory', backlog.rest.heapMb - mock.rest.heapMb, 'MB', 1),
    rowOf(`  added by ${more.count} certificates more`, growth('collectedRssMb'), 'MB resident', 0, { below: 8 }),
    rowOf('    heap', growth('heapMb'), 'MB', 1, { below: 1 }),
    rowOf(`latency at ${hanging.alone.perSecond}/s with that CA, p50`, hanging.alone.p50Ms, 'ms', 0),
    rowOf('  p99', hanging.alone.p99Ms, 'ms', 0),
    rowOf(`  while another CA hangs with ${hanging.waiting} requests, p50`, hanging.beside.p50Ms, 'ms', 0),
    rowOf('  p99', hanging.beside.p99Ms, 'ms', 0, { below: Math.max(1.5 * hanging.alone.p99Ms, hanging.alone.p99Ms + 20) }),
  ];
}

/** Whose CPU time a certificate takes, and how many a second there would be if all CPUs did nothing else. */
export function cpuRowsOf(
  { others, count, cpuMsPerCertificate: controller }: BacklogResult,
  elsewhereWords = 'what has no part in it',
): readonly Row[] {
  const of = (...names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (others.byProcess[name] ?? 0) / count, 0);
  const all = controller + of(...Object.keys(others.byProcess));
  const elsewhere = Math.max(0, others.busyMs / count - all);
  return [
    rowOf('  controller CPU', controller, 'ms/certificate', 1),
    ...(others.byProcess['mock CA'] === undefined ? [] : [rowOf('    of the mock CA', of('mock CA'), 'ms/certificate', 1)]),
    rowOf('    of the API server and etcd', of('kube-apiserver', 'etcd'), 'ms/certificate', 1),
    rowOf('    of the benchmark itself, which watches', of('bench'), 'ms/certificate', 1),
    rowOf(`    of ${elsewhereWords}`, elsewhere, 'ms/certificate', 1),
    rowOf(`    so that ${cpus().length} CPUs allow`, (cpus().length * 1000) / all, 'certificates/s', 0),
    rowOf('    CPU time that nobody used', (100 * others.idleMs) / (others.idleMs + others.busyMs), '%', 0),
  ];
}
