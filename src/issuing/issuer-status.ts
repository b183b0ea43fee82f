import { nextCondition, type Condition, type ConditionUpdate } from '../api/conditions.ts';
import { conditionTypes, fieldManager } from '../api/group.ts';
import type { Issuer } from '../api/issuer.ts';
import { isKubeError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Resource } from '../kube/resource.ts';
import type { IssuerView } from './request-view.ts';

/** The Ready condition to give an issuer, without its time and generation. */
export type ReadyUpdate = Pick<ConditionUpdate, 'status' | 'reason' | 'message'>;

/** Writes an issuer's Ready condition where it says something new; gives the issuer as it is then. */
export type IssuerStatusWriter = (issuer: IssuerView, update: ReadyUpdate, signal: AbortSignal) => Promise<IssuerView>;

/** What the writer needs from outside. */
export interface IssuerStatusDeps {
  readonly client: Pick<KubeClient, 'apply' | 'get'>;
  readonly resourceOf: (issuer: IssuerView) => Resource<Issuer>;
  readonly view: (issuer: IssuerView, object: Issuer) => IssuerView;
  /** Throws where this replica must not write. */
  readonly fence: () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const maxConflicts = 3;

/** Makes the writer for both issuer kinds: server-side apply on the status, fenced by the version it was decided on. */
export function createIssuerStatusWriter(deps: IssuerStatusDeps): IssuerStatusWriter {
  return async (issuer, update, signal) => {
    let current = issuer;
    for (let conflicts = 0; ; conflicts += 1) {
      if (says(current, update)) return current;
      deps.fence();
      const resource = deps.resourceOf(current);
      try {
        const written = await deps.client.apply(resource, statusObject(current, update, deps.now()), {
          fieldManager,
          subresource: 'status',
          signal,
        });
        return deps.view(current, written);
      } catch (error) {
        if (!isKubeError(error, 'Conflict') || conflicts >= maxConflicts) throw error;
        const newer = deps.view(current, await deps.client.get(resource, current.key, { signal }));
        // What was found is true of this spec only: another one wakes the issuer by itself.
        if (newer.uid !== issuer.uid || newer.generation !== issuer.generation) return newer;
        current = newer;
      }
    }
  };
}

function says({ ready, generation }: IssuerView, update: ReadyUpdate): boolean {
  if (ready === undefined || ready.observedGeneration !== generation) return false;
  return ready.status === update.status && ready.reason === update.reason && ready.message === update.message;
}

function statusObject(issuer: IssuerView, update: ReadyUpdate, now: number): Issuer {
  const { uid, key, resourceVersion, generation, ready } = issuer;
  const previous: Condition[] =
    ready?.status === 'True' || ready?.status === 'False'
      ? [{ type: conditionTypes.ready, status: ready.status, lastTransitionTime: ready.since }]
      : [];
  const condition = nextCondition(previous, { type: conditionTypes.ready, ...update, observedGeneration: generation }, now);
  const metadata = {
    name: key.name,
    uid,
    resourceVersion,
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
  };
  return { metadata, status: { conditions: [condition] } } as unknown as Issuer;
}
