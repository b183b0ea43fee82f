import { findCondition, type Condition } from '../../api/conditions.ts';
import { conditionTypes } from '../../api/group.ts';

/** Kubernetes' own conditions of requests say besides when they were last written. */
interface TimedCondition extends Condition {
  readonly lastUpdateTime?: unknown;
}

/**
 * When a request was approved, in milliseconds since the epoch, and not before it was made; undefined where it is not approved, or the
 * condition has no time that can be read. `kubectl certificate approve` sets lastUpdateTime alone, cert-manager lastTransitionTime.
 * @param createdAt the request's creationTimestamp.
 */
export function approvalTime(conditions: readonly Condition[] | undefined, createdAt: string | undefined): number | undefined {
  const approved: TimedCondition | undefined = findCondition(conditions, conditionTypes.approved);
  if (approved?.status !== 'True') return undefined;
  const at = Date.parse(approved.lastTransitionTime ?? String(approved.lastUpdateTime));
  if (Number.isNaN(at)) return undefined;
  const created = Date.parse(createdAt ?? '');
  return Number.isNaN(created) ? at : Math.max(at, created);
}
