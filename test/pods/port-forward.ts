import type { ControlPlane } from '../controlplane/types.ts';
import { createProcessGroup } from '../controlplane/processes.ts';

/** What is forwarded: a port of a pod. */
export interface ForwardTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/**
 * Has `kubectl port-forward` lead to a port of a pod for as long as `use` takes, which is given the local address: `http://127.0.0.1:40123`.
 * @throws with what kubectl said where it ended before.
 */
export async function withPortForward<T>(
  { kubectlCommand, kubeconfigPath, dir }: Pick<ControlPlane, 'kubectlCommand' | 'kubeconfigPath' | 'dir'>,
  { namespace, pod, port }: ForwardTarget,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const group = createProcessGroup();
  const said: string[] = [];
  const address = Promise.withResolvers<string>();
  const kubectl = group.start({
    name: 'kubectl-port-forward',
    command: kubectlCommand,
    args: ['port-forward', `--kubeconfig=${kubeconfigPath}`, `--namespace=${namespace}`, `pod/${pod}`, `:${port}`],
    env: { HOME: dir },
    output: {
      onLine(line) {
        said.push(line);
        const [, local] = /^Forwarding from (127\.0\.0\.1:\d+) /.exec(line) ?? [];
        if (local !== undefined) address.resolve(`http://${local}`);
      },
    },
  });
  void kubectl.ended.then(() => address.reject(new Error(`kubectl port-forward ended: ${said.join('\n')}`)));
  try {
    return await use(await address.promise);
  } finally {
    await kubectl.stop();
    group.close();
  }
}
