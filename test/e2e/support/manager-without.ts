import { pino } from 'pino';
import { controllerNamespace, controllerServiceAccount } from '../../../src/api/group.ts';
import { loadConnection } from '../../../src/kube/config/load.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { runManager } from '../../../src/manager/run.ts';
import type { ControlPlane } from '../../controlplane/types.ts';
import { testSigners } from '../../unit/support/signers.ts';

/**
 * Runs the controller in this process, with one more signer `other`, and all allowed but one. With the registry alone that
 * cannot be had while it has a single signer.
 */
export async function startManagerWithout(plane: ControlPlane, type: string): Promise<{ end(): Promise<void> }> {
  const clock = systemClock;
  const kubeconfig = await plane.serviceAccountKubeconfig(controllerNamespace, controllerServiceAccount);
  const connection = await loadConnection({ kubeconfig, env: {} }, { clock });
  const signers = testSigners();
  const all = [...signers, ...signers.slice(0, 1).map((signer) => ({ ...signer, type: 'other', block: 'other' }))];
  const stop = new AbortController();
  const running = runManager(
    {
      leaderElect: false,
      allowedReferenceNamespaces: [],
      signers: all.map((signer) => signer.type).filter((name) => name !== type),
      workers: 4,
      identity: 'manager-without',
      podNamespace: controllerNamespace,
    },
    {
      connection,
      signers: all,
      clock,
      random: Math.random,
      log: pino({ level: 'silent' }),
      version: 'test',
      nodeVersion: process.version,
    },
    stop.signal,
  );
  return {
    async end() {
      stop.abort();
      await running;
    },
  };
}
