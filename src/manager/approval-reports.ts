import type { ApprovalDeps } from '../issuing/approval/reconcile-approval.ts';
import { issuerOf } from '../issuing/triggers.ts';
import { apiVersionOf, type KubeObject, type Resource } from '../kube/resource.ts';
import type { ApproverTermDeps } from './approver-term.ts';

/** Says in events, metrics and logs what is decided about requests of one kind. */
export function createApprovalReports(
  resource: Resource<KubeObject>,
  { recorder, metrics, log }: Pick<ApproverTermDeps, 'recorder' | 'metrics' | 'log'>,
): Pick<ApprovalDeps, 'onDecided' | 'onLeft'> {
  const { kind } = resource;
  const apiVersion = apiVersionOf(resource);
  return {
    onDecided(request, { type, reason, message }) {
      const { namespace, name, uid } = request;
      const outcome = type === 'Approved' ? 'approved' : 'denied';
      metrics.approvals.inc({ kind, outcome });
      recorder.record({
        regarding: { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) },
        type: type === 'Approved' ? 'Normal' : 'Warning',
        reason,
        action: 'Approve',
        note: message,
      });
      log.info({ kind, namespace, name, uid, issuer: issuerOf(request), outcome, reason, message }, 'request decided');
    },
    onLeft({ namespace, name, uid }, why, trouble) {
      log[trouble ? 'warn' : 'debug']({ kind, namespace, name, uid, why }, 'request left undecided');
    },
  };
}
