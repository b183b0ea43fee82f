import type { Clock } from '../../lib/clock.ts';
import type { Environment } from '../../lib/no-proxy.ts';
import { fixedBytes } from './bytes.ts';
import { runExecPlugin, type ExecCluster, type ExecCredential } from './exec-run.ts';
import { bearerHeader, type Identity } from './identity.ts';
import type { Placed } from './kubeconfig.ts';
import { invalid, type ExecPlugin } from './schema.ts';

/** Milliseconds for which a plugin is not run again after it failed or its credential was refused: it may cost a login. */
const pauseMs = 5000;

/**
 * The identity that a credential plugin gives. It is run when it is first needed, when what it gave has expired and
 * after the server refused that; calls at the same time share one run.
 */
export function createExecIdentity(
  plugin: Placed<ExecPlugin>,
  cluster: ExecCluster,
  deps: { readonly clock: Clock; readonly env: Environment },
): Identity {
  if (plugin.value.interactiveMode === 'Always') {
    throw invalid(plugin.place, 'interactiveMode', 'Always cannot be used: there is no terminal to answer the plugin from');
  }
  let held: Promise<ExecCredential> | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let expiresAt: number | undefined;
  let stale = false;

  async function current(): Promise<ExecCredential> {
    const rested = deps.clock.monotonic() - startedAt >= pauseMs;
    const expired = expiresAt !== undefined && deps.clock.now() >= expiresAt;
    if (held === undefined || ((stale || expired) && rested)) {
      startedAt = deps.clock.monotonic();
      expiresAt = undefined;
      stale = false;
      held = runExecPlugin(plugin, cluster, deps.env).then(
        (credential) => {
          expiresAt = credential.expiresAt;
          return credential;
        },
        (error: unknown) => {
          stale = true;
          throw error;
        },
      );
    }
    return await held;
  }

  return {
    async authorization() {
      const { token } = await current();
      return token === undefined
        ? undefined
        : await bearerHeader(fixedBytes(Buffer.from(token)), `${plugin.place.file}: ${plugin.place.path}`).read();
    },
    certificate: async () => (await current()).pair,
    refused() {
      stale = true;
    },
  };
}
