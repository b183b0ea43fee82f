import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

/** Milliseconds that `node -e 0` takes, one on each core at once, on an idle machine of the kind limits are set for. */
const idleMs = 50;
const rounds = 5;

/** How busy the machine is while something is timed. */
export interface MachineMeter {
  /** Looks, for half a second or less. Best right before and right after what is timed, never beside it. */
  look(): Promise<void>;
  /**
   * By how much a limit set for an idle machine is to be stretched: how many times longer than there `node -e 0` took, on
   * average of the slowest look; 1 where it took no longer.
   */
  factor(): number;
}

/** Makes a meter that has not looked yet. */
export function createMachineMeter(): MachineMeter {
  const looks: number[] = [];
  return {
    async look() {
      const times: number[] = [];
      for (let round = 0; round < rounds; round += 1) times.push(await timeBareNode());
      looks.push(times.reduce((sum, ms) => sum + ms, 0) / rounds);
    },
    factor: () => Math.max(1, ...looks.map((ms) => ms / idleMs)),
  };
}

async function timeBareNode(): Promise<number> {
  const started = performance.now();
  const run = promisify(execFile);
  await Promise.all(Array.from({ length: availableParallelism() }, async () => await run(process.execPath, ['-e', '0'])));
  return performance.now() - started;
}
