import { messageOf } from '../../src/lib/errors.ts';
import { run, type RunOptions, type RunResult } from './run.ts';

/** Runs kubectl with the given arguments and standard input; a code other than 0 is a result, not an error. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<RunResult>;

/** A kubectl that talks to the cluster of one kubeconfig. */
export function kubectlFor(command: string, kubeconfig: string, env: NodeJS.ProcessEnv): Kubectl {
  return async (args, input) => {
    const options: RunOptions = { env: { ...env, KUBECONFIG: kubeconfig }, ...(input === undefined ? {} : { input }) };
    return await run(command, args, options);
  };
}

/** The standard output of a kubectl call. @throws with kubectl's own words when it fails. */
export async function mustKubectl(kubectl: Kubectl, args: readonly string[], input?: string): Promise<string> {
  const result = await kubectl(args, input);
  if (result.code === 0) return result.stdout;
  throw new Error(`kubectl ${args.slice(0, 3).join(' ')} failed (code ${result.code}): ${result.stderr.trim().slice(0, 2000)}`);
}

/** Whether this machine has a kubectl of its own that runs. */
export async function hasKubectl(env: NodeJS.ProcessEnv): Promise<boolean> {
  return await run('kubectl', ['version', '--client'], { env }).then(
    ({ code }) => code === 0,
    () => false,
  );
}

/** The first entry of a list in kubectl's JSON output, such as `clusters` of `config view`. */
function firstOf(json: string, list: string): unknown {
  const parsed: unknown = JSON.parse(json);
  const entries = parsed !== null && typeof parsed === 'object' ? Reflect.get(parsed, list) : undefined;
  return Array.isArray(entries) ? entries[0] : undefined;
}

/**
 * The cluster entry of the current context, with its files read in.
 * @throws when the kubeconfig cannot be read or names no cluster.
 */
export async function currentCluster(
  kubectl: Kubectl,
): Promise<Readonly<Record<string, unknown>> & { readonly server: string }> {
  const view = await mustKubectl(kubectl, ['config', 'view', '--raw', '--minify', '--flatten', '--output=json']);
  try {
    const entry = firstOf(view, 'clusters');
    const cluster: unknown = entry !== null && typeof entry === 'object' ? Reflect.get(entry, 'cluster') : undefined;
    if (cluster === null || typeof cluster !== 'object') throw new Error('it names no cluster');
    const server: unknown = Reflect.get(cluster, 'server');
    if (typeof server !== 'string') throw new Error('its cluster has no server');
    return { ...cluster, server };
  } catch (cause) {
    throw new Error(`the kubeconfig of the cluster to test on cannot be used: ${messageOf(cause)}`, { cause });
  }
}
