import type { CaStatus } from '../api/ca-status.ts';
import { nextCondition, type Condition, type ConditionUpdate } from '../api/conditions.ts';
import { conditionTypes, fieldManager } from '../api/group.ts';
import type { Issuer } from '../api/issuer.ts';
import { isKubeError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Resource } from '../kube/resource.ts';
import { caToShow, isSameCa } from './ca-status.ts';
import type { IssuerView } from './request-view.ts';

/** The Ready condition to give an issuer, without its time and generation, and the CA that a check found. */
export type IssuerUpdate = Pick<ConditionUpdate, 'status' | 'reason' | 'message'> & { readonly ca?: CaStatus };

/** Writes an issuer's status where it says something new; gives the issuer as it is then. */
export type IssuerStatusWriter = (issuer: IssuerView, update: IssuerUpdate, signal: AbortSignal) => Promise<IssuerView>;

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
      const condition = conditionFor(current, update, deps.now());
      const ca = caToShow(current, update);
      if (says(current, condition) && isSameCa(current.ca, ca)) return current;
      deps.fence();
      const resource = deps.resourceOf(current);
      try {
        const written = await deps.client.apply(resource, statusObject(current, condition, ca), {
          fieldManager,
          subresource: 'status',
          signal,
        });
        return deps.view(current, written);
      } catch (error) {
        if (isKubeError(error, 'NotFound')) return current;
        if (!isKubeError(error, 'Conflict') || conflicts >= maxConflicts) throw error;
        const newer = deps.view(current, await deps.client.get(resource, current.key, { signal }));
        // What was found is true of this spec only: another one wakes the issuer by itself.
        if (newer.uid !== issuer.uid || newer.generation !== issuer.generation) return newer;
        current = newer;
      }
    }
  };
}

/** Compared is what would be written: a long message is cut. */
function says({ ready, generation }: IssuerView, condition: Condition): boolean {
  if (ready === undefined || ready.observedGeneration !== generation) return false;
  return ready.status === condition.status && ready.reason === condition.reason && ready.message === condition.message;
}

function conditionFor({ generation, ready }: IssuerView, { status, reason, message }: IssuerUpdate, now: number): Condition {
  const previous: Condition[] =
    ready?.status === 'True' || ready?.status === 'False'
      ? [
          {
            type: conditionTypes.ready,
            status: ready.status,
            ...(ready.since === '' ? {} : { lastTransitionTime: ready.since }),
          },
        ]
      : [];
  const update = { type: conditionTypes.ready, status, reason, message, observedGeneration: generation };
  return nextCondition(previous, update, now);
}

/** All that this manager owns: server-side apply takes away what is left out. */
function statusObject({ uid, key, resourceVersion }: IssuerView, condition: Condition, ca: CaStatus | undefined): Issuer {
  const metadata = {
    name: key.name,
    uid,
    resourceVersion,
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
  };
  return { metadata, status: { conditions: [condition], ...ca } } as unknown as Issuer;
}
