import { KubeApiError } from '../../../src/kube/api-error.ts';
import { loadConnection } from '../../../src/kube/config/load.ts';
import { createTransport, type Exchange } from '../../../src/kube/transport.ts';
import { systemClock } from '../../../src/lib/clock.ts';

/** A call of the API server: `body` of a PATCH is a merge patch. */
export interface Call {
  readonly method: Exchange['method'];
  readonly path: string;
  readonly body?: unknown;
}

/** What the API server said: the HTTP status, 200 for all that are good, and why not where it refused. */
export interface Said {
  readonly status: number;
  readonly message: string;
}

/** Somebody who tries calls without changing anything. */
export interface Asker {
  ask(call: Call): Promise<Said>;
  close(): Promise<void>;
}

/** Whoever the kubeconfig is for. */
export async function askerOf(kubeconfig: string): Promise<Asker> {
  const connection = await loadConnection({ kubeconfig, env: {} }, { clock: systemClock });
  const transport = createTransport(connection, 'external-issuer-e2e');
  return {
    close: async () => await connection.close(),
    async ask({ method, path, body }) {
      const query = method === 'GET' ? {} : { dryRun: 'All' };
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      try {
        await transport.json({ what: `${method} ${path}`, method, path, query, contentType, body });
        return { status: 200, message: '' };
      } catch (error) {
        if (error instanceof KubeApiError && error.status !== 0) return { status: error.status, message: error.message };
        throw error;
      }
    },
  };
}
