import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

/** A user entry of a kubeconfig: file names for a certificate, or a bearer token. */
export type KubeconfigUser =
  | { readonly 'client-certificate': string; readonly 'client-key': string }
  | { readonly token: string };

/** The cluster entry of a kubeconfig; whatever it holds is carried over. */
export type KubeconfigCluster = Readonly<Record<string, unknown>>;

/** Writes a kubeconfig of one cluster, one user and one context, readable by its owner only. */
export async function writeKubeconfig(
  path: string,
  cluster: KubeconfigCluster,
  user: KubeconfigUser,
  namespace = 'default',
): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}
