import { readFile } from 'node:fs/promises';
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child, ProcessGroup } from '../controlplane/processes.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { pauseImage, startContainerd, type Containerd } from '../pods/containerd.ts';
import { singleFileImage } from '../pods/single-file-image.ts';
import { connectCri } from './cri.ts';
import { containerConfig, sandboxConfig, type PodPlace, type PodSpec } from './pod-spec.ts';
import type { ContainerPrograms } from './programs.ts';

/** How a command in a container ended. */
export interface Executed {
  readonly code: number;
  readonly output: string;
}

/** A pod that was started. */
export interface RunningPod {
  readonly ip: string;
  /** Of the container's first process, as this process sees it. */
  readonly pid: number;
  /** Runs a command in the container, with what the container may do. @throws where it cannot be started. */
  exec(...command: readonly string[]): Promise<Executed>;
  /** What the container has written. */
  output(): Promise<string>;
  /** The code that the container ends with. */
  exitCode(): Promise<number>;
  /** Bytes of the memory that counts against the limit and cannot be given up for other use. */
  workingSet(): Promise<number>;
}

/** containerd, called as a kubelet calls it. */
export interface Runtime {
  readonly containerd: Containerd;
  run(spec: PodSpec, place: Omit<PodPlace, 'logs'>): Promise<RunningPod>;
  /** Ends all pods and containerd. */
  stop(): Promise<void>;
}

/** Starts containerd with its data in `folder`. */
export async function startRuntime(programs: ContainerPrograms, folder: string, group: ProcessGroup): Promise<Runtime> {
  const containerd = await startContainerd(programs.containerdRoot, folder, group);
  await containerd.ctr('images', 'import', await singleFileImage(programs.pause.command, pauseImage, join(folder, 'pause')));
  const cri = connectCri(programs.criProto, containerd.socket);
  const sandboxes: string[] = [];

  async function status(id: string): Promise<{ readonly state: string; readonly exit_code: number; readonly pid: number }> {
    const answer = await cri.call<{
      readonly status: { state: string; exit_code: number };
      readonly info: { readonly info: string };
    }>('ContainerStatus', { container_id: id, verbose: true });
    return { ...answer.status, pid: (JSON.parse(answer.info.info) as { readonly pid: number }).pid };
  }

  async function runPod(spec: PodSpec, where: Omit<PodPlace, 'logs'>): Promise<RunningPod> {
    const logs = join(folder, 'logs', where.name);
    await mkdir(logs, { recursive: true });
    const place = { ...where, logs };
    const sandbox = sandboxConfig(spec, place);
    const { pod_sandbox_id: podId } = await cri.call<{ readonly pod_sandbox_id: string }>('RunPodSandbox', { config: sandbox });
    sandboxes.push(podId);
    const { container_id: id } = await cri.call<{ readonly container_id: string }>('CreateContainer', {
      pod_sandbox_id: podId,
      config: containerConfig(spec, place),
      sandbox_config: sandbox,
    });
    await cri.call('StartContainer', { container_id: id });
    const { status: pod } = await cri.call<{ readonly status: { readonly network: { readonly ip: string } } }>(
      'PodSandboxStatus',
      {
        pod_sandbox_id: podId,
      },
    );
    return {
      ip: pod.network.ip,
      pid: (await status(id)).pid,
      async exec(...cmd) {
        const {
          exit_code: code,
          stdout,
          stderr,
        } = await cri.call<{ exit_code: number; stdout: Buffer; stderr: Buffer }>('ExecSync', {
          container_id: id,
          cmd,
          timeout: 20,
        });
        return { code, output: `${stdout.toString()}${stderr.toString()}` };
      },
      output: async () => withoutPrefixes(await readFile(join(logs, 'output.log'), 'utf8')),
      async exitCode() {
        const ended = async (): Promise<false | { readonly code: number }> => {
          const { state, exit_code: code } = await status(id);
          return state === 'CONTAINER_EXITED' && { code };
        };
        return (await eventually(`${place.name} ends`, ended)).code;
      },
      async workingSet() {
        const { stats } = await cri.call<{ readonly stats: { memory: { working_set_bytes: { value: number } } } }>(
          'ContainerStats',
          { container_id: id },
        );
        return stats.memory.working_set_bytes.value;
      },
    };
  }

  return {
    containerd,
    run: runPod,
    async stop() {
      for (const id of sandboxes) {
        await cri.call('StopPodSandbox', { pod_sandbox_id: id });
        await cri.call('RemovePodSandbox', { pod_sandbox_id: id });
      }
      cri.close();
      await (containerd.process satisfies Child).stop();
      await removeCgroups();
    },
  };
}

/** What CRI puts before each line: time, stream, and whether the line is whole. */
function withoutPrefixes(log: string): string {
  return log.replaceAll(/^\S+ (?:stdout|stderr) [FP] /gm, '');
}

/** containerd leaves the empty cgroup that was the parent of its own. */
async function removeCgroups(): Promise<void> {
  const root = '/sys/fs/cgroup';
  const parents = ['', ...(await readdir(root))].map((name) => join(root, name, 'external-issuer-test-image'));
  await Promise.all(parents.map(async (path) => await rmdir(path).catch(() => undefined)));
}
