import { join } from 'node:path';
import { buildGoProgram, type Program } from '../cas/programs.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import { goEnvironment } from '../controlplane/go.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { run } from '../controlplane/run.ts';
import { debianPackages } from '../tools/debian-packages.ts';

/** What runs a container as a node does, without a kubelet. */
export interface ContainerPrograms {
  /** containerd, runc and the CNI plugins, unpacked as if it were `/`. */
  readonly containerdRoot: string;
  /** What the sandbox of each pod runs. */
  readonly pause: Program;
  /** The definition of the interface between kubelet and containerd, of the Kubernetes that tests run with. */
  readonly criProto: string;
}

/** Finds them in the cache, or has them there. @throws {CodedError} with a BuildErrorCode or a PackageErrorCode. */
export async function containerPrograms(environment: HarnessEnvironment, stream: ProgressStream): Promise<ContainerPrograms> {
  const pods = join(import.meta.dirname, '..', 'pods');
  const names = ['containerd', 'runc', 'containernetworking-plugins'];
  const containerdRoot = await debianPackages({ label: 'containerd', names }, environment, stream);
  const pause = await buildGoProgram(join(pods, 'pause'), environment, stream);
  const criApi = await moduleFolder('k8s.io/cri-api', join(pods, 'node'), environment);
  return { containerdRoot, pause, criProto: join(criApi, 'pkg/apis/runtime/v1/api.proto') };
}

async function moduleFolder(module: string, cwd: string, { variables }: HarnessEnvironment): Promise<string> {
  const { code, stdout, stderr } = await run('go', ['mod', 'download', '-json', module], {
    cwd,
    env: goEnvironment(variables),
  });
  const { Dir: folder } = code === 0 ? (JSON.parse(stdout) as { readonly Dir?: string }) : {};
  if (folder === undefined) throw new Error(`the Go module ${module} is not to be had: ${stderr}${stdout}`);
  return folder;
}
