import { isRefusedForGood, type KubeApiError } from '../kube/api-error.ts';
import type { Reconcile, ReconcileResult } from '../kube/controller.ts';
import { printable } from '../lib/printable.ts';
import { attempt, signingOf, withoutSigner, type Attempt, type AttemptDeps } from './attempt.ts';
import { failed } from './conclude.ts';
import { mustNotBeLost, type Conclusion, type Notice, type StatusChange } from './conclusion.ts';
import { causeIn, decide } from './decide.ts';
import type { Ledger, RequestMemory } from './ledger.ts';
import { wordsOf } from './request-kinds/words.ts';
import { issuerKeyText, type IssuerKey, type IssuerView, type RequestView } from './request-view.ts';
import type { StatusWriter } from './status-writer.ts';
import { issuerOf } from './triggers.ts';

/** What the reconcile of a request needs from outside. */
export interface RequestReconcilerDeps extends AttemptDeps {
  readonly requestOf: (key: string) => RequestView | undefined;
  readonly issuerOf: (issuerKey: string) => IssuerView | undefined;
  readonly ledger: Ledger;
  /** Whether the status has a place for why a request waits. */
  readonly showsWaiting: boolean;
  /** What must hold besides before an approved request is looked at; absent: nothing. A conclusion says that it does not. */
  readonly guard?: (request: RequestView, signal: AbortSignal) => Promise<Conclusion | undefined>;
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
    // Before a word about the issuer: who may not use one is not told whether there is one, nor what is wrong with it.
    const refusal = request.approval === 'approved' ? await deps.guard?.(request, signal) : undefined;
    if (refusal !== undefined) return withoutSigner(refusal);
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
    if (status !== undefined && worthWriting(status, request, memory, deps.showsWaiting)) {
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
    const cause = status?.change === 'pending' ? status.cause : undefined;
    const untold = deps.showsWaiting ? [] : waitingNotices(status);
    for (const notice of conclusion.notices ?? untold) tell(request, notice, memory, over, cause);
    return requeueAfterMs === undefined ? {} : { requeueAfterMs };
  }

  /**
   * Tells why a request waits once for each reason, and how it ended always. What its status says already was told when
   * that was written, perhaps by the controller before this one; where the status has no place for it, each cause is told.
   */
  function tell(request: RequestView, notice: Notice, memory: RequestMemory, over: boolean, cause = ''): void {
    if (over) {
      deps.tell(request, notice);
      return;
    }
    const news = deps.showsWaiting ? notice.reason : `${notice.reason} ${cause}`;
    if (memory.told.has(news) || writtenBefore(request)?.code === notice.reason) return;
    memory.told.add(news);
    deps.tell(request, { ...notice, note: `${notice.note}${wordsOf(request.kind).whileWaiting(request)}` });
  }
}

/**
 * A Pending status is written when what it says changes: its code, the issuer's code that it quotes, or the next try by
 * over a minute; where there is no place for that, only the time of the first try is kept. The id that a CA gave is always
 * written, and before the first poll.
 */
function worthWriting(status: StatusChange, request: RequestView, memory: RequestMemory, showsWaiting: boolean): boolean {
  if (status.change !== 'pending') return true;
  const signing = signingOf(request, memory);
  if (status.signing !== undefined && status.signing.caRequestId !== signing?.caRequestId) return true;
  if (!showsWaiting) return status.signing !== undefined && signing === undefined;
  const known = memory.written ?? writtenBefore(request);
  if (known === undefined || known.code !== status.code) return true;
  if (status.cause !== undefined && status.cause !== known.cause) return true;
  if (status.nextTryAt === undefined) return false;
  return known.nextTryAt === undefined || Math.abs(status.nextTryAt - known.nextTryAt) > worthTellingMs;
}

/** Where the status has no place for why a request waits, an event says what else the status would have said alone. */
function waitingNotices(status: StatusChange | undefined): readonly Notice[] {
  if (status?.change !== 'pending') return [];
  // What the CA has taken is well; only that it takes its time is to be known.
  return [{ type: status.signing === undefined ? 'Warning' : 'Normal', reason: status.code, note: status.message }];
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
