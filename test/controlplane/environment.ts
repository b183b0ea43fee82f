import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the harness takes from the environment; nothing else in it reads variables. */
export interface HarnessEnvironment {
  /** Where builds are kept, outside the tree: `$XDG_CACHE_HOME/external-issuer`, else `~/.cache/external-issuer`. */
  readonly cacheFolder: string;
  /** `EXTERNAL_ISSUER_TEST_KUBECONFIG`: a cluster to use instead of starting one. */
  readonly givenKubeconfig: string | undefined;
  /** `EXTERNAL_ISSUER_TEST_VAULT_URL`: a vault of Azure's to use instead of the double. */
  readonly givenVaultUrl: string | undefined;
  /** `EXTERNAL_ISSUER_TEST_KEEP` is set: logs and data stay after the end, and the harness says where. */
  readonly keepFiles: boolean;
  /** All variables, for the commands that need them (go, and kubectl on a cluster of the user's own). */
  readonly variables: NodeJS.ProcessEnv;
}

/** Reads the harness's settings; an empty variable counts as unset. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): HarnessEnvironment {
  return {
    cacheFolder: join(variables['XDG_CACHE_HOME'] || join(variables['HOME'] || homedir(), '.cache'), 'external-issuer'),
    givenKubeconfig: variables['EXTERNAL_ISSUER_TEST_KUBECONFIG'] || undefined,
    givenVaultUrl: variables['EXTERNAL_ISSUER_TEST_VAULT_URL'] || undefined,
    keepFiles: Boolean(variables['EXTERNAL_ISSUER_TEST_KEEP']),
    variables,
  };
}
