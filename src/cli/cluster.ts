import type { Command } from 'commander';
import type { KubeClient } from '../kube/client.ts';
import type { Connection } from '../kube/connection.ts';
import type { CliDeps } from './deps.ts';

/** How a command reaches the API server. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** A cluster that a command works with, with the rights of the kubeconfig's user. */
export interface Cluster {
  readonly client: KubeClient;
  readonly connection: Connection;
}

/** Adds `--kubeconfig` and `--context`. */
export function addClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'how to reach the API server (default: $KUBECONFIG, the pod, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)');
}

/** Runs `use` with the cluster that the flags name, and closes the connection after it. */
export async function withCluster<T>(
  { kubeconfig, context }: ClusterFlags,
  { env, clock, version }: Pick<CliDeps, 'env' | 'clock' | 'version'>,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { createKubeClient } = await import('../kube/client.ts');
  const { loadConnection } = await import('../kube/config/load.ts');
  const { createTransport } = await import('../kube/transport.ts');
  const connection = await loadConnection({ kubeconfig, context, env }, { clock });
  try {
    return await use({
      client: createKubeClient(createTransport(connection, `external-issuer/${version}`, clock)),
      connection,
    });
  } finally {
    await connection.close();
  }
}
