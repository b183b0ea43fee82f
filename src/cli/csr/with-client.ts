import type { KubeClient } from '../../kube/client.ts';
import { withCluster, type ClusterFlags } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';

/** Opens a cluster for one use; commands that may not need one ask for it only then. */
export type WithClient = <T>(use: (client: Pick<KubeClient, 'create' | 'get' | 'list'>) => Promise<T>) => Promise<T>;

/** The cluster that the flags name. */
export function clusterOf(flags: ClusterFlags, deps: CliDeps): WithClient {
  return async (use) => await withCluster(flags, deps, async ({ client }) => await use(client));
}
