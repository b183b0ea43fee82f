import { isRefusedForGood, type KubeApiError } from '../kube/api-error.ts';
import type { Reconcile, ReconcileResult } from '../kube/controller.ts';
import { printable } from '../lib/printable.ts';
import { attempt, signingOf, withoutSigner, type Attempt, type AttemptDeps } from './attempt.ts';
import { failed } from './conclude.ts';
import { mustNotBeLost, type Conclusion, type Notice, type StatusChange } from './conclusion.ts';
import { causeIn, decide } from './decide.ts';
import type { Ledger, RequestMemory } from './ledger.ts';
import { issuerKeyText, type IssuerKey, type IssuerView, type RequestView } from './request-view.ts';
import type { StatusWriter } from './status-writer.ts';
import { issuerOf } from './triggers.ts';

/** What the reconcile of a request needs from outside. */
export interface RequestReconcilerDeps extends AttemptDeps {
  readonly requestOf: (key: string) => RequestView | undefined;
  readonly issuerOf: (issuerKey: string) => IssuerView | undefined;
  readonly ledger: Ledger;
  readonly write: StatusWriter;
  readonly tell: (request: RequestView, notice: Notice) => void;
  /** The request is over; for metrics: seconds since it could be signed are the caller's to count. */
  readonly onConcluded: (request: RequestView, change: StatusChange) => void;
}

/** A next try that moves by less is not worth a status write, in milliseconds. */
const worthTellingMs = 60_000;

/** Makes the reconcile of one request kind: look, decide, perhaps sign, write once. */
export function createRequestReconciler(deps: RequestReconcilerDeps): Reconcile {
  return async (key, signal) => {
    try {
      return await reconcile(key, signal);
    } finally {
      // It may have been woken because its issuer had room for it, and not have come to use it.
      deps.pool.leave(key);
    }
  };

  async function reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const request = deps.requestOf(key);
    if (request === undefined) return {};
    const memory = deps.ledger.of(request.uid, request.csr);
    // Whoever denies a request while its certificate waits to be written is heard.
    const remembered = request.approval === 'approved' ? memory.outcome : undefined;
    const { conclusion, release } = remembered === undefined ? await look(request, memory, signal) : withoutSigner(remembered);
    try {
      return await carryOut(request, conclusion, memory, signal);
    } finally {
      release();
    }
  }

  async function look(request: RequestView, memory: RequestMemory, signal: AbortSignal): Promise<Attempt> {
    const issuerKey = issuerOf(request);
    const exists = (key: IssuerKey): boolean => deps.issuerOf(issuerKeyText(key)) !== undefined;
    const issuer = issuerKey === undefined ? undefined : deps.issuerOf(issuerKey);
    const decision = decide(request, issuer, deps.clock.now(), exists);
    if (decision.act === 'conclude') return withoutSigner(decision.conclusion);
    return await attempt(request, decision.issuer, memory, deps, signal);
  }

  async function carryOut(
    request: RequestView,
    conclusion: Conclusion,
    memory: RequestMemory,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const { status, requeueAfterMs } = conclusion;
    if (status !== undefined && worthWriting(status, request, memory)) {
      // Remembered before the write: if the write is lost, the next reconcile repeats it and asks no CA. The end of a
      // request stays remembered until the watch shows it: whatever wakes the request before asks no CA either.
      if (mustNotBeLost(status)) memory.outcome = conclusion;
      try {
        if ((await deps.write(request, status, signal)) === 'superseded') return {};
      } catch (error) {
        if (!isRefusedForGood(error) || isOfRefusal(status)) throw error;
        return await carryOut(request, refused(error), memory, signal);
      }
      if (status.change === 'pending') rememberPending(memory, status);
      // Only the watch is late, and the same end was written again: it was counted and told.
      else if (memory.over === true) return {};
      else {
        memory.over = true;
        deps.onConcluded(request, status);
      }
    }
    const over = status !== undefined && status.change !== 'pending';
    if (status?.change === 'pending') delete memory.outcome;
    for (const notice of conclusion.notices ?? []) tell(request, notice, memory, over);
    return requeueAfterMs === undefined ? {} : { requeueAfterMs };
  }

  /**
   * Tells why a request waits once for each reason, and how it ended always. What its status says already was told when
   * that was written, perhaps by the controller before this one.
   */
  function tell(request: RequestView, notice: Notice, memory: RequestMemory, over: boolean): void {
    if (!over && (memory.told.has(notice.reason) || writtenBefore(request)?.code === notice.reason)) return;
    memory.told.add(notice.reason);
    deps.tell(request, notice);
  }
}

/**
 * A Pending status is written when what it says changes: its code, the issuer's code that it quotes, or the next try by
 * over a minute. The id that a CA gave is always written, and before the first poll.
 */
function worthWriting(status: StatusChange, request: RequestView, memory: RequestMemory): boolean {
  if (status.change !== 'pending') return true;
  if (status.signing !== undefined && status.signing.caRequestId !== signingOf(request, memory)?.caRequestId) return true;
  const known = memory.written ?? writtenBefore(request);
  if (known === undefined || known.code !== status.code) return true;
  if (status.cause !== undefined && status.cause !== known.cause) return true;
  if (status.nextTryAt === undefined) return false;
  return known.nextTryAt === undefined || Math.abs(status.nextTryAt - known.nextTryAt) > worthTellingMs;
}

function writtenBefore({ ready }: RequestView): RequestMemory['written'] {
  if (ready?.reason !== 'Pending') return undefined;
  return { code: ready.message.split(':', 1)[0] ?? '', cause: causeIn(ready.message), nextTryAt: undefined };
}

function rememberPending(memory: RequestMemory, status: StatusChange & { change: 'pending' }): void {
  memory.written = { code: status.code, cause: status.cause, nextTryAt: status.nextTryAt };
  if (status.signing !== undefined) memory.signing = status.signing;
}

/** Characters of what the API server says that are repeated: it may quote what a CA answered. */
const longestRefusal = 200;

/** The end of a request whose status the API server will never take. */
function refused(error: KubeApiError): Conclusion {
  const reason = printable(error.message.replaceAll(/\s+/g, ' '));
  const cut = reason.length > longestRefusal ? `${reason.slice(0, longestRefusal)}…` : reason;
  return failed(
    'StatusRefused',
    `The API server refuses what was to be written. Where it is too large, have the CA send a shorter chain; else look at the CRDs and the admission policies. It says: ${cut}`,
  );
}

function isOfRefusal(status: StatusChange): boolean {
  return status.change === 'failed' && status.code === 'StatusRefused';
}
