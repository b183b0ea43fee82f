import { nextCondition } from '../../api/conditions.ts';
import { approverFieldManager } from '../../api/group.ts';
import { isKubeError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';
import type { RequestView } from '../request-view.ts';
import type { Approval } from './decide-approval.ts';

/** What became of a decision: written, or the request has changed since, or is gone. */
export type ApprovalWritten = 'written' | 'changed' | 'gone';

/** Writes one decision. Rejects with a KubeApiError where the API server does not take it. */
export type ApprovalWriter = (request: RequestView, approval: Approval, signal: AbortSignal) => Promise<ApprovalWritten>;

/**
 * Makes the writer of one kind of request: a server-side apply of the one condition, fenced by the version that was
 * decided about, so that it never lands on a request that somebody else has decided in the meantime.
 * @param subresource where the API has the conditions of approvers: `status` in cert-manager's requests, `approval` in
 * Kubernetes', whose status an approver cannot write.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 */
export function createApprovalWriter(
  resource: Resource<KubeObject>,
  subresource: 'status' | 'approval',
  deps: {
    readonly client: Pick<KubeClient, 'apply'>;
    /** Throws where this replica must not write: its Lease is not surely its own. */
    readonly fence: () => void;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  },
): ApprovalWriter {
  return async ({ uid, name, namespace, resourceVersion }, approval, signal) => {
    const condition = nextCondition([], { ...approval, status: 'True' }, deps.now());
    const object = {
      metadata: { name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) },
      status: { conditions: [condition] },
    };
    deps.fence();
    try {
      await deps.client.apply<KubeObject>(resource, object, { fieldManager: approverFieldManager, subresource, signal });
      return 'written';
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return 'gone';
      if (isKubeError(error, 'Conflict')) return 'changed';
      throw error;
    }
  };
}
