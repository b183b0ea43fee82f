import { writeKubeconfig } from './kubeconfig.ts';
import { currentCluster, mustKubectl, type Kubectl } from './kubectl.ts';

/**
 * Makes a token for a service account that exists, by the TokenRequest API, and writes a kubeconfig with it to `path`.
 * @param duration how long the token is to be valid, such as `24h`.
 * @throws when the service account does not exist.
 */
export async function writeServiceAccountKubeconfig(
  kubectl: Kubectl,
  account: { readonly namespace: string; readonly name: string; readonly duration: string },
  path: string,
): Promise<void> {
  const { namespace, name, duration } = account;
  const [token, cluster] = await Promise.all([
    mustKubectl(kubectl, ['create', 'token', name, `--namespace=${namespace}`, `--duration=${duration}`]),
    currentCluster(kubectl),
  ]);
  await writeKubeconfig(path, cluster, { token: token.trim() }, namespace);
}
