import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controllerNamespace, controllerServiceAccount } from '../../src/api/group.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { loadConnection } from '../../src/kube/config/load.ts';
import { createTransport } from '../../src/kube/transport.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startControlPlane } from '../../test/controlplane/controlplane.ts';
import type { HarnessEnvironment } from '../../test/controlplane/environment.ts';
import { mustKubectl } from '../../test/controlplane/kubectl.ts';
import type { ControlPlane } from '../../test/controlplane/types.ts';
import { type ControllerProcess, startControllerProcess } from '../../test/e2e/support/controller-process.ts';
import { observe, type Observer } from '../../test/e2e/support/observer.ts';
import type { Account } from './account.ts';
import { certificates, type CertificateResource } from './certificate.ts';
import { certificatesFile, demoNamespaces, issuersFile } from './objects.ts';
import type { Stage } from './stage.ts';

/** What the rest of the demo works with. */
export interface Started {
  readonly plane: ControlPlane;
  readonly controller: ControllerProcess;
  /** The administrator's client. */
  readonly admin: KubeClient;
  /** Of all Certificates. */
  readonly watch: Observer<CertificateResource>;
}

const manifests = ['crds.yaml', 'rbac.yaml'].map((name) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)));

/** First chapter: the control plane (built where it is missing), the shipped manifests and the controller. */
export async function start(account: Account, stage: Stage, environment: HarnessEnvironment): Promise<Started> {
  account.heading('1. Start');
  const plane = await account.step(
    environment.givenKubeconfig === undefined ? 'etcd, kube-apiserver, kube-controller-manager, cert-manager' : 'cluster',
    async () => (stage.plane = await startControlPlane({ environment })),
    ({ server, owned }) => (owned ? server : `${server}, which was given; nothing was started`),
  );
  if (!plane.owned) {
    await refuseLeftovers(plane);
    stage.endings.push(async () => await removeObjects(plane));
  }
  await account.step('kubectl apply -f deploy/crds.yaml -f deploy/rbac.yaml', async () => {
    await mustKubectl(plane.kubectl, ['apply', '--server-side', ...manifests.map((file) => `--filename=${file}`)]);
  });
  const admin = await connect(plane, stage);
  const controller = await account.step(
    'external-issuer controller',
    async () => (stage.controller = await startController(plane)),
    () => `runs as ServiceAccount ${controllerServiceAccount}`,
  );
  const watch = await observe(admin, certificates);
  stage.endings.push(async () => await watch.close());
  return { plane, controller, admin, watch };
}

async function startController(plane: ControlPlane): Promise<ControllerProcess> {
  const kubeconfig = await plane.serviceAccountKubeconfig(controllerNamespace, controllerServiceAccount);
  // A controller that is installed in a given cluster already goes on leading, and signs what the demo asks for.
  return await startControllerProcess({ kubeconfig, args: plane.owned ? [] : ['--leader-elect'] });
}

async function connect(plane: ControlPlane, stage: Stage): Promise<KubeClient> {
  const connection = await loadConnection({ kubeconfig: plane.kubeconfigPath, env: {} }, { clock: systemClock });
  stage.endings.push(async () => await connection.close());
  return createKubeClient(createTransport(connection, 'external-issuer-demo'));
}

/** The demo removes its namespaces at the end: on a cluster that is not ours they must not be someone's. */
async function refuseLeftovers({ kubectl }: ControlPlane): Promise<void> {
  const found = await mustKubectl(kubectl, ['get', 'namespaces', ...demoNamespaces, '--ignore-not-found', '--output=name']);
  if (found.trim() === '') return;
  throw new Error(
    `the cluster has ${found.trim().replaceAll('\n', ' and ')} already, which the demo makes and removes: delete it first`,
  );
}

/** Of what the demo made, the CRDs and the RBAC stay. */
async function removeObjects({ kubectl }: ControlPlane): Promise<void> {
  const files = [certificatesFile, issuersFile].map((file) => `--filename=${file}`);
  await mustKubectl(kubectl, ['delete', '--ignore-not-found', '--timeout=60s', ...files]);
}

/** A folder for files of the demo in the control plane's, with which it goes. */
export function demoFolder({ dir }: ControlPlane, ...parts: readonly string[]): string {
  return join(dir, 'demo', ...parts);
}
