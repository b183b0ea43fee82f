import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from '../cas/programs.ts';
import type { Child, ProcessGroup } from '../controlplane/processes.ts';
import { podNetwork } from './sandbox.ts';

/** The name of the only node: its address, since the API server calls a node by its name first, and nothing here answers DNS. */
export const nodeName = podNetwork.node;

/** What a node needs. */
export interface NodeOptions {
  readonly program: Program;
  readonly folder: string;
  readonly group: ProcessGroup;
  readonly kubeconfig: string;
  readonly containerdSocket: string;
}

/** Starts the kubelet and the scheduler, which both use the kubeconfig: rights of nodes are not what is tested. */
export async function startNode({
  program,
  folder,
  group,
  kubeconfig,
  containerdSocket,
}: NodeOptions): Promise<readonly Child[]> {
  const [root, logs, certificates] = ['kubelet', 'pod-logs', 'certificates'].map((name) => join(folder, name));
  await Promise.all([root, logs, certificates].map(async (path = '') => await mkdir(path, { recursive: true })));
  const settings = join(folder, 'kubelet.json');
  await writeFile(
    settings,
    JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      // Where the API server asks for it: kubectl port-forward comes this way.
      address: podNetwork.node,
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
      authorization: { mode: 'AlwaysAllow' },
      cgroupDriver: 'cgroupfs',
      failCgroupV1: false,
      failSwapOn: false,
      enforceNodeAllocatable: [],
      oomScoreAdj: 0,
      makeIPTablesUtilChains: false,
      containerRuntimeEndpoint: `unix://${containerdSocket}`,
      podLogsDir: logs,
      // The disk of a test machine may be nearly full: that is no reason to put pods off here.
      evictionHard: { 'memory.available': '50Mi' },
      imageGCHighThresholdPercent: 100,
      imageGCLowThresholdPercent: 99,
    }),
  );
  const start = (name: string, args: readonly string[]): Child =>
    group.start({
      name,
      command: program.command,
      args: [name, ...args],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...program.env },
      output: { file: join(folder, `${name}.log`) },
    });
  return [
    start('kubelet', [
      `--config=${settings}`,
      `--kubeconfig=${kubeconfig}`,
      `--root-dir=${root}`,
      `--cert-dir=${certificates}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${podNetwork.node}`,
    ]),
    start('kube-scheduler', [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0']),
  ];
}
