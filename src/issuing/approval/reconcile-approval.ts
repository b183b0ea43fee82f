import type { Reconcile, ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Conclusion } from '../conclusion.ts';
import type { RequestView } from '../request-view.ts';
import { issuerOf } from '../triggers.ts';
import type { ApprovalWriter } from './approval-writer.ts';
import { decideApproval, denied, type Approval, type ApprovalDecision } from './decide-approval.ts';
import type { IssuerRules } from './issuer-rules.ts';

/** What the approver needs to decide about one kind of request. */
export interface ApprovalDeps {
  readonly requestOf: (key: string) => RequestView | undefined;
  readonly issuerOf: (issuerKey: string) => IssuerRules | undefined;
  /** What must hold besides before a request is approved; absent: nothing. A conclusion says that it does not. */
  readonly guard?: (request: RequestView, signal: AbortSignal) => Promise<Conclusion | undefined>;
  readonly write: ApprovalWriter;
  readonly clock: Clock;
  /** The decision is written. */
  readonly onDecided: (request: RequestView, approval: Approval) => void;
  /** Nothing is written, and this is why; `trouble` where somebody must mend something first. */
  readonly onLeft: (request: RequestView, why: string, trouble: boolean) => void;
}

/** When a request is looked at again that was changed while it was decided about, in milliseconds: the watch brings it. */
const changedPauseMs = 500;

/** What is to be done, and when to look again where that is nothing yet. */
type Look = ApprovalDecision & ReconcileResult;

/** Makes the reconcile of the approver: look, decide by the rules, write once. */
export function createApprovalReconciler(deps: ApprovalDeps): Reconcile {
  return async (key, signal) => {
    const request = deps.requestOf(key);
    if (request === undefined) return {};
    const look = await lookAt(request, signal);
    if (look.act === 'leave') {
      deps.onLeft(request, look.why, look.trouble ?? false);
      return look.requeueAfterMs === undefined ? {} : { requeueAfterMs: look.requeueAfterMs };
    }
    const written = await deps.write(request, look.approval, signal);
    if (written === 'changed') return { requeueAfterMs: changedPauseMs };
    if (written === 'written') deps.onDecided(request, look.approval);
    return {};
  };

  async function lookAt(request: RequestView, signal: AbortSignal): Promise<Look> {
    const issuerKey = issuerOf(request);
    const issuer = issuerKey === undefined ? undefined : deps.issuerOf(issuerKey);
    const decision = decideApproval(request, issuer, deps.clock.now());
    if (decision.act === 'leave') return decision;
    // Before a denial too: who may not use an issuer is not told its rules.
    const refusal = await deps.guard?.(request, signal);
    return refusal === undefined ? decision : refused(refusal);
  }
}

/** What follows from a guard that does not let a request through: its end where that is for good, else a wait. */
function refused({ status, requeueAfterMs }: Conclusion): Look {
  if (status?.change === 'failed') return denied(status.code, status.message);
  const why = status?.change === 'pending' ? status.message : 'it is guarded';
  return { act: 'leave', why, trouble: true, ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }) };
}
