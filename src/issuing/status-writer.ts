import { fieldManager } from '../api/group.ts';
import { isKubeError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { StatusChange } from './conclusion.ts';
import type { RequestKind } from './request-kinds/kind.ts';
import type { RequestView } from './request-view.ts';

/** What became of a status write: done, or not wanted any more (the request is gone, finished, or not the one it was). */
export type Written = 'written' | 'superseded';

/** Writes one change into the status of a request. Rejects with a KubeApiError where the API server cannot take it. */
export type StatusWriter = (request: RequestView, change: StatusChange, signal: AbortSignal) => Promise<Written>;

/** How often a write is repeated on a newer version of the object before it is left to the next reconcile. */
const maxConflicts = 5;

/**
 * Makes the writer of one request kind. Each write is a server-side apply fenced by the version it was decided on:
 * without the fence a stale Pending would take the certificate away that another replica wrote. On a conflict the
 * object is read again, and the change is applied to the same, unfinished request without asking the CA again. Who
 * changes what the decision rests on (CSR, approval) wakes the request, and it is decided anew.
 */
export function createStatusWriter<T extends KubeObject>(
  kind: RequestKind<T>,
  deps: {
    readonly client: Pick<KubeClient, 'apply' | 'get'>;
    /** Throws where this replica must not write: its Lease is not surely its own. */
    readonly fence: () => void;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
    readonly onWrite: (result: 'written' | 'conflict') => void;
  },
): StatusWriter {
  return async (request, change, signal) => {
    let current = request;
    for (let conflicts = 0; ; conflicts += 1) {
      deps.fence();
      try {
        const object = kind.statusOf(current, change, deps.now());
        await deps.client.apply(kind.resource, object, { fieldManager, subresource: 'status', signal });
        deps.onWrite('written');
        return 'written';
      } catch (error) {
        if (isKubeError(error, 'NotFound')) return 'superseded';
        if (!isKubeError(error, 'Conflict') || conflicts >= maxConflicts) throw error;
        deps.onWrite('conflict');
        const newer = await readAgain(current, change, signal);
        if (typeof newer === 'string') return newer;
        current = newer;
      }
    }
  };

  /** The newer version to write on; or what became of the write, which may have been done with only its answer lost. */
  async function readAgain(request: RequestView, change: StatusChange, signal: AbortSignal): Promise<RequestView | Written> {
    try {
      const { name, namespace } = request;
      const object = await deps.client.get(kind.resource, namespace === undefined ? { name } : { namespace, name }, { signal });
      const view = kind.view(object);
      if (view === undefined) return kind.holds(object, request, change) ? 'written' : 'superseded';
      const same = view.uid === request.uid && view.csr === request.csr && view.approval === request.approval;
      return same ? view : 'superseded';
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return 'superseded';
      throw error;
    }
  }
}
