import { withCluster, type ClusterFlags } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import { decideAll, type DecideOptions, type DecideSources } from './decide-all.ts';
import type { Decision } from './decide-state.ts';
import { decodeRequest } from './decode.ts';
import { remarksOn } from './remarks.ts';

/** Decides about requests with the rights of the kubeconfig's user, as {@link decideAll} does. */
export async function runDecide(
  decision: Decision,
  names: readonly string[],
  flags: ClusterFlags & DecideOptions,
  deps: CliDeps,
): Promise<void> {
  await withCluster(flags, deps, async ({ client }) => {
    const sources: DecideSources = { client, remarksOn: (request) => remarksOn(decodeRequest(request, deps.clock.now())) };
    await decideAll(decision, names, flags, sources, deps);
  });
}
