import { join } from 'node:path';
import { buildGoProgram, type Program } from '../cas/programs.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { debianPackages } from '../tools/debian-packages.ts';

/** What runs pods. */
export interface PodPrograms {
  /** containerd, runc and the CNI plugins, unpacked as if it were `/`. */
  readonly containerdRoot: string;
  /** kubelet and kube-scheduler: the first argument says which. */
  readonly node: Program;
  /** What the sandbox of each pod runs. */
  readonly pause: Program;
}

/**
 * Finds the programs in the cache, or has them there: containerd from Debian's packages, the rest built with Go, which takes 4 minutes
 * of CPU after the control plane was built.
 * @throws {CodedError} with a BuildErrorCode or a PackageErrorCode.
 */
export async function podPrograms(environment: HarnessEnvironment, stream: ProgressStream): Promise<PodPrograms> {
  const names = ['containerd', 'runc', 'containernetworking-plugins'];
  const containerdRoot = await debianPackages({ label: 'containerd', names }, environment, stream);
  const build = async (name: string): Promise<Program> =>
    await buildGoProgram(join(import.meta.dirname, name), environment, stream);
  return { containerdRoot, node: await build('node'), pause: await build('pause') };
}
