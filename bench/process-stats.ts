import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** Clock ticks a second in /proc; Linux has 100 on every machine Node runs on. */
const ticksPerSecond = 100;

/** Milliseconds of CPU time, user and system, that a process has used, from /proc. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; utime and stime are the 14th and 15th fields (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Resident memory of a process in MB: now, and the highest there was. */
export async function memoryMb(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** CPU time since a start, in milliseconds: of some processes, each by its name, and what the machine had to spare. */
export interface CpuUse {
  readonly byProcess: Readonly<Record<string, number>>;
  /** Of everything on this machine, so also of what has nothing to do with the benchmark. */
  readonly busyMs: number;
  readonly idleMs: number;
}

/** Begins to count; the function gives what was used since. */
export async function countCpu(pids: ReadonlyMap<string, number>): Promise<() => Promise<CpuUse>> {
  const times = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(await Promise.all([...pids].map(async ([name, pid]) => [name, await cpuMs(pid)] as const)));
  const [before, machineBefore] = [await times(), machineMs()];
  return async () => {
    const [after, machine] = [await times(), machineMs()];
    return {
      byProcess: Object.fromEntries([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)])),
      busyMs: machine.busy - machineBefore.busy,
      idleMs: machine.idle - machineBefore.idle,
    };
  };
}

function machineMs(): { readonly busy: number; readonly idle: number } {
  const all = cpus().map(({ times }) => times);
  return {
    busy: all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0),
    idle: all.reduce((sum, { idle }) => sum + idle, 0),
  };
}
