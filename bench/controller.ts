import { fileURLToPath } from 'node:url';
import { memoryMb } from './process-stats.ts';
import type { ControllerOptions, ControllerProcess } from '../test/e2e/support/controller-process.ts';
import type { World } from '../test/e2e/support/world.ts';

const bundle = fileURLToPath(new URL('../dist/external-issuer.mjs', import.meta.url));
const probe = fileURLToPath(new URL('gc-probe.mjs', import.meta.url));

/** How the bundle is to be run (docs/controller.md): a small young generation and one helper thread. */
const leanFlags = ['--max-semi-space-size=2', '--v8-pool-size=1'];

/** Memory of a controller, in MB. */
export interface RestResult {
  readonly rssMb: number;
  readonly heapMb: number;
  readonly collectedRssMb: number;
}

/** Flags of a controller, and what is in its environment. */
export type MeasuredOptions = Pick<ControllerOptions, 'args' | 'env'>;

/** Starts the bundled controller with the probe that collects garbage when asked to. */
export async function startMeasured(world: World, options: MeasuredOptions = {}): Promise<ControllerProcess> {
  const nodeArgs = [...leanFlags, '--expose-gc', `--import=${probe}`];
  return await world.startController({ entry: bundle, nodeArgs, ...options });
}

/** The controller's resident memory as it is, and its heap and resident memory after a forced collection, in MB. */
export async function collectedMemory(controller: ControllerProcess): Promise<RestResult> {
  const { now } = await memoryMb(controller.pid);
  const asked = Date.now();
  process.kill(controller.pid, 'SIGUSR2');
  const line = await controller.waitForLog((entry) => entry.msg === 'heap' && Number(entry['at']) >= asked);
  return { rssMb: now, heapMb: Number(line['heapMb']), collectedRssMb: Number(line['rssMb']) };
}
