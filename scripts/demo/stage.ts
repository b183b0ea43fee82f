import type { ControlPlane } from '../../test/controlplane/types.ts';
import type { ControllerProcess } from '../../test/e2e/support/controller-process.ts';
import { certificatesFile, issuersFile } from './objects.ts';

/** What the demo has started so far: all of it is ended, however far the demo came. */
export interface Stage {
  plane?: ControlPlane;
  controller?: ControllerProcess;
  /** Connections and watches to close, the last first. */
  readonly open: (() => Promise<void>)[];
}

const graceMs = 10_000;

/**
 * Ends everything on the stage. On a cluster that the user gave, the demo's objects are removed from it; the CRDs and the
 * RBAC stay.
 * @param keepLogs leaves the logs of a control plane of ours, and says where.
 */
export async function clearStage({ plane, controller, open }: Stage, keepLogs: boolean): Promise<void> {
  for (const close of open.toReversed()) await close();
  if (plane !== undefined && !plane.owned) await removeObjects(plane);
  if (controller !== undefined) await endController(controller);
  if (plane === undefined) return;
  await plane.stop(keepLogs && plane.owned ? { keepFiles: true } : {});
}

async function removeObjects({ kubectl }: ControlPlane): Promise<void> {
  const files = [certificatesFile, issuersFile].map((file) => `--filename=${file}`);
  await kubectl(['delete', '--ignore-not-found', '--timeout=60s', ...files]);
}

async function endController(controller: ControllerProcess): Promise<void> {
  const timer = setTimeout(() => void controller.end('SIGKILL'), graceMs);
  await controller.end();
  clearTimeout(timer);
}
