import { fileURLToPath } from 'node:url';
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts';
import { loadConnection } from '../../../src/kube/config/load.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { forbiddenCalls } from '../../controlplane/audit.ts';
import { startControlPlane } from '../../controlplane/controlplane.ts';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../controlplane/types.ts';
import { startControllerProcess, type ControllerOptions, type ControllerProcess } from './controller-process.ts';

/** The identity the shipped manifests give the controller. */
export const controllerUser = 'system:serviceaccount:external-issuer-system:external-issuer-controller';

/** A control plane with the shipped manifests applied, and controllers that run under the shipped RBAC. */
export interface World {
  readonly plane: ControlPlane;
  /** The administrator's client. */
  readonly admin: KubeClient;
  /** Starts a controller as its own ServiceAccount; every one still running is ended by {@link close}. */
  startController(options?: Omit<ControllerOptions, 'kubeconfig'>): Promise<ControllerProcess>;
  apply(yaml: string): Promise<void>;
  /** Calls that the API server refused the controller: each is a hole in the shipped RBAC. */
  forbidden(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const manifests = ['crds.yaml', 'rbac.yaml'].map((name) => fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url)));

/** Starts a world; `close` ends all of it. */
export async function openWorld(options: ControlPlaneOptions = {}): Promise<World> {
  const plane = await startControlPlane({ auditLog: true, ...options });
  for (const file of manifests) await mustKubectl(plane.kubectl, ['apply', '--server-side', `--filename=${file}`]);
  const connection = await loadConnection({ kubeconfig: plane.kubeconfigPath, env: {} }, { clock: systemClock });
  const kubeconfig = await plane.serviceAccountKubeconfig('external-issuer-system', 'external-issuer-controller');
  const running = new Set<ControllerProcess>();
  return {
    plane,
    admin: createKubeClient(createTransport(connection, 'external-issuer-e2e')),
    async startController(controller = {}) {
      const started = await startControllerProcess({ kubeconfig, ...controller });
      running.add(started);
      void started.ended.then(() => running.delete(started));
      return started;
    },
    async apply(yaml) {
      await mustKubectl(plane.kubectl, ['apply', '--server-side', '--filename=-'], yaml);
    },
    forbidden: async () => (plane.auditLogPath === undefined ? [] : await forbiddenCalls(plane.auditLogPath, controllerUser)),
    async close() {
      await Promise.all([...running].map(async (controller) => await controller.end()));
      await connection.close();
      await plane.stop();
    },
  };
}
