import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../controlplane/controlplane.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { mustKubectl } from '../controlplane/kubectl.ts';
import { createProcessGroup } from '../controlplane/processes.ts';
import { run } from '../controlplane/run.ts';
import type { ControlPlane } from '../controlplane/types.ts';
import { eventually } from '../e2e/support/eventually.ts';
import type { SuiteEnd } from '../e2e/support/suite.ts';
import { pauseImage, startContainerd, type Containerd } from './containerd.ts';
import { nodeName, startNode } from './kubelet.ts';
import { podPrograms } from './programs.ts';
import { prepareSandbox, serveKubernetesService } from './sandbox.ts';
import { singleFileImage } from './single-file-image.ts';

/** A control plane with one node that runs pods. */
export interface Cluster {
  readonly plane: ControlPlane;
  readonly containerd: Containerd;
  /** @throws with what kubectl said. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Ends all of it; where the suite has failed the logs of the node stay, and it says where. */
  stop(end: SuiteEnd): Promise<void>;
}

/** Starts a cluster in the namespaces of this process; the node is Ready when this resolves. */
export async function startCluster(): Promise<Cluster> {
  const programs = await podPrograms(readEnvironment(), process.stderr);
  await prepareSandbox();
  const plane = await startControlPlane({ workloads: true });
  const group = createProcessGroup();
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-pods-'));
  const service = await serveKubernetesService(Number(new URL(plane.server).port));
  const containerd = await startContainerd(programs.containerdRoot, folder, group);
  await containerd.ctr('images', 'import', await singleFileImage(programs.pause.command, pauseImage, join(folder, 'pause')));
  const { kubeconfigPath: kubeconfig } = plane;
  const node = await startNode({ program: programs.node, folder, group, kubeconfig, containerdSocket: containerd.socket });
  const kubectl = async (...args: readonly string[]): Promise<string> => await mustKubectl(plane.kubectl, args);
  await eventually('the node is Ready', async () => await kubectl('wait', '--for=condition=Ready', `node/${nodeName}`));
  return {
    plane,
    containerd,
    kubectl,
    async stop({ failed }) {
      // The kubelet ends the containers of pods that are gone, and takes their cgroups away.
      await kubectl('delete', 'deployments,jobs,pods', '--all', '--all-namespaces', '--grace-period=1', '--timeout=30s').catch(
        String,
      );
      await Promise.all([...node, containerd.process].map(async (child) => await child.stop()));
      service.close();
      await plane.stop({ keepFiles: failed });
      group.close();
      if (failed) process.stderr.write(`test-pods: the logs of the node are kept in ${folder}\n`);
      else await removeWithMounts(folder);
    },
  };
}

/** Volumes of pods whose kubelet was stopped are still mounted. */
async function removeWithMounts(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  const inside = mounts.filter((path) => path.startsWith(`${folder}/`));
  for (const path of inside.toReversed()) await run('umount', ['--lazy', path]);
  await rm(folder, { recursive: true, force: true });
}
