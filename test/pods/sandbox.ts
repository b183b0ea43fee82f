import { mkdir } from 'node:fs/promises';
import { createServer, connect, type Server } from 'node:net';
import { once } from 'node:events';
import { run } from '../controlplane/run.ts';

/** Where pods are: a bridge of the namespace, on which the node has the first address. */
export const podNetwork = { bridge: 'pods0', node: '10.99.0.1', subnet: '10.99.0.0/24' };

/** The address of the Service `kubernetes`, at which pods reach the API server. */
const kubernetesService = { host: '10.0.0.1', port: 443 };

/** Folders that container runtimes write to, wherever they are told to keep their data. */
const mountedOver = ['/run', '/var/lib/kubelet', '/var/lib/cni'];

async function must(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed (code ${code}): ${stderr.trim()}`);
  return stdout;
}

/**
 * Makes the network and the mounts of this process ready for pods. It must run in namespaces of its own: nothing that is done here is
 * then seen outside, and the kernel takes all of it away when the last process of them ends.
 * @throws where this is the machine's own network.
 */
export async function prepareSandbox(): Promise<void> {
  const links = (await must('ip', ['-oneline', 'link', 'show'])).trim().split('\n');
  if (links.length !== 1) {
    throw new Error(
      'this test changes the network and mounts file systems: run it by "make test-pods", in namespaces of its own',
    );
  }
  for (const folder of mountedOver) {
    await mkdir(folder, { recursive: true });
    await must('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
  }
  const { bridge, node, subnet } = podNetwork;
  await must('ip', ['link', 'set', 'lo', 'up']);
  await must('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await must('ip', ['address', 'add', `${node}/${subnet.split('/')[1] ?? ''}`, 'dev', bridge]);
  await must('ip', ['link', 'set', bridge, 'up']);
  // What has no default route finds no address of its own; nothing answers there.
  await must('ip', ['route', 'add', 'default', 'via', '10.99.0.254']);
  await must('ip', ['address', 'add', `${kubernetesService.host}/32`, 'dev', bridge]);
}

/** Forwards what pods send to the Service `kubernetes` to the API server on loopback, in the place of a kube-proxy. */
export async function serveKubernetesService(apiServerPort: number): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(apiServerPort, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(kubernetesService);
  await once(server, 'listening');
  return server;
}
