import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child, ProcessGroup } from '../controlplane/processes.ts';
import { run } from '../controlplane/run.ts';
import { podNetwork } from './sandbox.ts';

/** A container runtime that runs. */
export interface Containerd {
  /** The CRI endpoint. */
  readonly socket: string;
  readonly process: Child;
  /** Runs `ctr` in the namespace of Kubernetes' images. @throws with what it said. */
  ctr(...args: readonly string[]): Promise<string>;
}

/** What the sandbox of each pod runs, as an image of that name. */
export const pauseImage = 'external-issuer.test/pause:1';

/** Starts containerd with its data in `folder`. @param root where its packages are unpacked. */
export async function startContainerd(root: string, folder: string, group: ProcessGroup): Promise<Containerd> {
  const socket = join(folder, 'containerd.sock');
  const cni = join(folder, 'cni');
  await mkdir(cni, { recursive: true });
  await writeFile(join(cni, '10-pods.conflist'), JSON.stringify(networkConfig(folder)));
  await writeFile(join(folder, 'containerd.toml'), settings(root, folder, socket, cni));
  const path = ['bin', 'sbin'].map((name) => join(root, 'usr', name)).join(':');
  const env = { PATH: `${path}:/usr/sbin:/usr/bin:/sbin:/bin` };
  const child = group.start({
    name: 'containerd',
    command: join(root, 'usr', 'bin', 'containerd'),
    args: ['--config', join(folder, 'containerd.toml')],
    env,
    output: { file: join(folder, 'containerd.log') },
  });

  async function ctr(...args: readonly string[]): Promise<string> {
    const command = join(root, 'usr', 'bin', 'ctr');
    const { code, stdout, stderr } = await run(command, ['--address', socket, '--namespace', 'k8s.io', ...args], { env });
    if (code !== 0) throw new Error(`ctr ${args.join(' ')} failed (code ${code}): ${stderr.trim()}`);
    return stdout;
  }

  for (let tries = 0; ; tries++) {
    if (!child.isRunning())
      throw new Error(`containerd ended with ${await child.ended}; see ${join(folder, 'containerd.log')}`);
    const answer = await ctr('version').catch((error: unknown) => error);
    if (!(answer instanceof Error)) return { socket, process: child, ctr };
    if (tries > 200) throw answer;
    await delay(50);
  }
}

function networkConfig(folder: string): unknown {
  const { bridge, subnet } = podNetwork;
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: join(folder, 'addresses'),
  };
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [{ type: 'bridge', bridge, isGateway: true, ipam }],
  };
}

/** No machine that gives no CAP_SYS_RESOURCE lets a score be lowered, which containerd would do for each sandbox. */
function settings(root: string, folder: string, socket: string, cni: string): string {
  return `version = 2
root = "${join(folder, 'root')}"
state = "${join(folder, 'state')}"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${join(root, 'usr', 'lib', 'cni')}"
    conf_dir = "${cni}"
`;
}
