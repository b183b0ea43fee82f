import { fileURLToPath } from 'node:url';
import type { ControllerProcess } from '../test/e2e/support/controller-process.ts';
import type { World } from '../test/e2e/support/world.ts';

const bundle = fileURLToPath(new URL('../dist/external-issuer.mjs', import.meta.url));
const probe = fileURLToPath(new URL('gc-probe.mjs', import.meta.url));

/** How the bundle is run where memory counts: a small young generation, collected more often (docs/benchmarks.md). */
const leanFlags = ['--max-semi-space-size=2'];

/** Starts the bundled controller with the probe that collects garbage when asked to. */
export async function startMeasured(world: World, args: readonly string[] = []): Promise<ControllerProcess> {
  return await world.startController({
    entry: bundle,
    nodeArgs: [...leanFlags, '--expose-gc', `--import=${probe}`],
    args,
  });
}

/** The controller's heap after a forced collection, and its resident memory then, in MB. */
export async function collectedMemory(
  controller: ControllerProcess,
): Promise<{ readonly heapMb: number; readonly rssMb: number }> {
  const asked = Date.now();
  process.kill(controller.pid, 'SIGUSR2');
  const line = await controller.waitForLog((entry) => entry.msg === 'heap' && Number(entry['at']) >= asked);
  return { heapMb: Number(line['heapMb']), rssMb: Number(line['rssMb']) };
}
