import type { ControlPlane } from '../../test/controlplane/types.ts';
import type { ControllerProcess } from '../../test/e2e/support/controller-process.ts';

/** What the demo has started so far: all of it is ended, however far the demo came. */
export interface Stage {
  plane?: ControlPlane;
  controller?: ControllerProcess;
  /** What is to be closed or removed before the rest ends, the last first. */
  readonly endings: (() => Promise<void>)[];
}

const graceMs = 10_000;

/**
 * Ends everything on the stage.
 * @param keepLogs leaves the logs of a control plane of ours, and says where.
 */
export async function clearStage({ plane, controller, endings }: Stage, keepLogs: boolean): Promise<void> {
  for (const ending of endings.toReversed()) await ending();
  if (controller !== undefined) await endController(controller);
  if (plane === undefined) return;
  await plane.stop(keepLogs && plane.owned ? { keepFiles: true } : {});
}

async function endController(controller: ControllerProcess): Promise<void> {
  const timer = setTimeout(() => void controller.end('SIGKILL'), graceMs);
  await controller.end();
  clearTimeout(timer);
}
