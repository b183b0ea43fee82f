import { fileURLToPath } from 'node:url';
import { controllerNamespace, controllerServiceAccount, leaderLeaseName } from '../../../src/api/group.ts';
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts';
import { loadConnection } from '../../../src/kube/config/load.ts';
import { leases } from '../../../src/kube/lease.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { forbiddenCalls, readAuditLog, type AuditEvent } from '../../controlplane/audit.ts';
import { startControlPlane } from '../../controlplane/controlplane.ts';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../controlplane/types.ts';
import { startControllerProcess, type ControllerOptions, type ControllerProcess } from './controller-process.ts';
import { stopPlane } from './failure-report.ts';
import type { SuiteEnd } from './suite.ts';
import { createTidyClient } from './tidy-client.ts';

/** The identity the shipped manifests give the controller. */
export const controllerUser = `system:serviceaccount:${controllerNamespace}:${controllerServiceAccount}`;

/** A control plane with the shipped manifests applied, and controllers that run under the shipped RBAC. */
export interface World {
  readonly plane: ControlPlane;
  /** The administrator's client. */
  readonly admin: KubeClient;
  /** Starts a controller as its own ServiceAccount; every one still running is ended by {@link close}. */
  startController(options?: Omit<ControllerOptions, 'kubeconfig'>): Promise<ControllerProcess>;
  apply(yaml: string): Promise<void>;
  /** What the API server was asked so far. @throws where there is no audit log: skip the test there. */
  audit(): Promise<readonly AuditEvent[]>;
  /** Calls that the API server refused the controller: each is a hole in the shipped RBAC. @throws as `audit` does. */
  forbidden(): Promise<readonly string[]>;
  /** What is to be closed first, such as what watches the API server. */
  onClose(close: () => Promise<void>): void;
  /**
   * Ends all of it; on a given cluster, removes what {@link admin} made there, so that only the shipped manifests stay.
   * Where the suite has failed, it shows how the logs end and keeps the files of a control plane of its own.
   */
  close(end?: SuiteEnd): Promise<void>;
}

const manifests = ['crds.yaml', 'rbac.yaml'].map((name) => fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url)));

/** Starts a world; `close` ends all of it. */
export async function openWorld(options: ControlPlaneOptions = {}): Promise<World> {
  const plane = await startControlPlane({ auditLog: true, ...options });
  for (const file of manifests) await mustKubectl(plane.kubectl, ['apply', '--server-side', `--filename=${file}`]);
  const connection = await loadConnection({ kubeconfig: plane.kubeconfigPath, env: {} }, { clock: systemClock });
  const kubeconfig = await plane.serviceAccountKubeconfig(controllerNamespace, controllerServiceAccount);
  const plain = createKubeClient(createTransport(connection, 'external-issuer-e2e'));
  const tidy = plane.owned ? undefined : createTidyClient(plain);
  if (!plane.owned) await refuseOtherController(plain);
  const started: ControllerProcess[] = [];
  const closing: (() => Promise<void>)[] = [];
  const auditLog = (): string => {
    if (plane.auditLogPath === undefined) throw new Error('this cluster has no audit log at hand: skip this test there');
    return plane.auditLogPath;
  };
  return {
    plane,
    admin: tidy?.client ?? plain,
    async startController(controller = {}) {
      const one = await startControllerProcess({ kubeconfig, ...controller });
      started.push(one);
      return one;
    },
    async apply(yaml) {
      await mustKubectl(plane.kubectl, ['apply', '--server-side', '--filename=-'], yaml);
    },
    audit: async () => await readAuditLog(auditLog()),
    forbidden: async () => await forbiddenCalls(auditLog(), controllerUser),
    onClose: (close) => void closing.push(close),
    async close(end = { failed: false }) {
      await Promise.all(closing.map(async (close) => await close()));
      await Promise.all(started.map(async (controller) => await controller.end(end.failed ? 'SIGKILL' : 'SIGTERM')));
      try {
        await tidy?.removeAll();
      } finally {
        await connection.close();
        await stopPlane(plane, end, started);
      }
    },
  };
}

/** Another controller would take part in what the tests expect of theirs. */
async function refuseOtherController(admin: KubeClient): Promise<void> {
  const { items } = await admin.list(leases, { namespace: controllerNamespace });
  const { holderIdentity = '', renewTime = '' } = items.find(({ metadata }) => metadata.name === leaderLeaseName)?.spec ?? {};
  if (holderIdentity !== '' && Date.now() - Date.parse(renewTime) < 60_000) {
    throw new Error(`the given cluster has a controller at work, ${holderIdentity}: scale its Deployment to 0 for the tests`);
  }
}
