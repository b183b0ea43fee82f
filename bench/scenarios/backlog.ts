import type { ControllerProcess } from '../../test/e2e/support/controller-process.ts';
import type { World } from '../../test/e2e/support/world.ts';
import { writeCounts } from '../api-counters.ts';
import { collectedMemory, startMeasured, type MeasuredOptions, type RestResult } from '../controller.ts';
import type { Observer } from '../observer.ts';
import { countCpu, cpuMs, memoryMb, type CpuUse } from '../process-stats.ts';
import { benchIssuer, createApproved, namesOf } from '../requests.ts';

/** What it took to issue many certificates that were waiting when the controller started. */
export interface BacklogResult {
  readonly count: number;
  readonly certificatesPerSecond: number;
  /** The start of the process counted in. */
  readonly cpuMsPerCertificate: number;
  /** From the start of the controller to the last certificate. */
  readonly others: CpuUse;
  readonly statusWritesPerCertificate: number;
  readonly eventsPerCertificate: number;
  readonly peakRssMb: number;
  /** When it is drained. */
  readonly rest: RestResult;
  /** From the start of the process to the first certificate. */
  readonly firstIssuedMs: number;
}

/** What a backlog is for, where it is not for the mock CA in memory. */
export interface BacklogOptions extends MeasuredOptions {
  readonly issuer?: string;
  /** What takes part besides the control plane, by name. */
  readonly pids?: ReadonlyMap<string, number>;
}

/** Makes a backlog, starts a controller on it and waits until it is drained. The controller is left running. */
export async function backlog(
  world: World,
  observer: Observer,
  csr: string,
  count: number,
  { issuer = benchIssuer, pids = new Map(), ...controllerOptions }: BacklogOptions = {},
): Promise<{ readonly result: BacklogResult; readonly controller: ControllerProcess }> {
  const names = namesOf(`backlog-${issuer}`, count);
  await createApproved(world.admin, names, csr, { name: issuer });
  const [before, ready] = [await writeCounts(world), observer.readyCount];
  const cpuOfOthers = await countCpu(new Map([...world.plane.pids(), ...pids, ['bench', process.pid]]));
  const started = performance.now();
  const controller = await startMeasured(world, controllerOptions);
  await observer.untilReady(ready + count, 300_000);
  const others = await cpuOfOthers();
  const [cpu, after, memory] = [await cpuMs(controller.pid), await writeCounts(world), await memoryMb(controller.pid)];

  const times = names.map((name) => observer.readyAt(name) ?? Number.NaN);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return {
    controller,
    result: {
      count,
      certificatesPerSecond: ((count - 1) * 1000) / (last - first),
      cpuMsPerCertificate: cpu / count,
      others,
      statusWritesPerCertificate: (after.statusWrites - before.statusWrites) / count,
      eventsPerCertificate: (after.events - before.events) / count,
      peakRssMb: memory.peak,
      rest: await collectedMemory(controller),
      firstIssuedMs: first - started,
    },
  };
}
