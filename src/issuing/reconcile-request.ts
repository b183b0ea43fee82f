import { cut } from '../api/conditions.ts';
import { isRefusedForGood, type KubeApiError } from '../kube/api-error.ts';
import type { Reconcile, ReconcileResult } from '../kube/controller.ts';
import { printable } from '../lib/printable.ts';
import { attempt, signingOf, withoutSigner, type Attempt, type AttemptDeps } from './attempt.ts';
import { failed } from './conclude.ts';
import { mustNotBeLost, type Conclusion, type Notice, type StatusChange } from './conclusion.ts';
import { causeIn, decide } from './decide.ts';
import type { Ledger, RequestMemory } from './ledger.ts';
import { wordsOf } from './request-kinds/words.ts';
import { issuerKeyText, type IssuerKey, type IssuerView, type RequestView, type SigningState } from './request-view.ts';
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
/** Characters of an event; the API server takes 1024 bytes. */
const longestNote = 950;

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
    const pending = status?.change === 'pending' ? status : undefined;
    const isNew = pending !== undefined && isNews(pending, memory.written ?? writtenBefore(request));
    if (status !== undefined && worthWriting(status, isNew && deps.showsWaiting, signingOf(request, memory))) {
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
    if (pending !== undefined) delete memory.outcome;
    if (deps.showsWaiting || pending === undefined) {
      const over = status !== undefined && pending === undefined;
      for (const notice of conclusion.notices ?? []) tell(request, notice, memory, over);
    } else if (isNew) {
      memory.written = writtenOf(pending);
      for (const notice of conclusion.notices ?? [waitingNotice(pending)]) tellWaiting(request, notice);
    }
    return requeueAfterMs === undefined ? {} : { requeueAfterMs };
  }

  /**
   * Tells why a request waits once for each reason, and how it ended always. What its status says already was told when
   * that was written, perhaps by the controller before this one.
   */
  function tell(request: RequestView, notice: Notice, memory: RequestMemory, over: boolean): void {
    if (over) {
      deps.tell(request, notice);
      return;
    }
    if (memory.told.has(notice.reason) || writtenBefore(request)?.code === notice.reason) return;
    memory.told.add(notice.reason);
    tellWaiting(request, notice);
  }

  /** What is told beside stays whole where the note is too long for an event. */
  function tellWaiting(request: RequestView, notice: Notice): void {
    const beside = wordsOf(request.kind).whileWaiting(request);
    deps.tell(request, { ...notice, note: `${cut(notice.note, longestNote - beside.length)}${beside}` });
  }
}

/** Whether a Pending says another thing than the one before: its code, the issuer's code that it quotes, or the next try by over a minute. */
function isNews(status: StatusChange & { change: 'pending' }, known: RequestMemory['written']): boolean {
  if (known === undefined || known.code !== status.code) return true;
  if (status.cause !== undefined && status.cause !== known.cause) return true;
  if (status.nextTryAt === undefined) return false;
  return known.nextTryAt === undefined || Math.abs(status.nextTryAt - known.nextTryAt) > worthTellingMs;
}

/**
 * A Pending status is written when it says something new and there is a place for that. The time of the first try, and the id that a CA
 * gave, are always written, the id before the first poll.
 */
function worthWriting(status: StatusChange, isShownNews: boolean, known: SigningState | undefined): boolean {
  if (status.change !== 'pending' || isShownNews) return true;
  if (status.signing === undefined) return false;
  return known === undefined || status.signing.caRequestId !== known.caRequestId;
}

/** Where the status has no place for why a request waits, an event says what else the status would have said alone. */
function waitingNotice({ signing, code, message }: StatusChange & { change: 'pending' }): Notice {
  // What the CA has taken is well; only that it takes its time is to be known.
  return { type: signing === undefined ? 'Warning' : 'Normal', reason: code, note: message };
}

function writtenBefore({ ready }: RequestView): RequestMemory['written'] {
  if (ready?.reason !== 'Pending') return undefined;
  return { code: ready.message.split(':', 1)[0] ?? '', cause: causeIn(ready.message), nextTryAt: undefined };
}

function rememberPending(memory: RequestMemory, status: StatusChange & { change: 'pending' }): void {
  memory.written = writtenOf(status);
  if (status.signing !== undefined) memory.signing = status.signing;
}

function writtenOf({ code, cause, nextTryAt }: StatusChange & { change: 'pending' }): NonNullable<RequestMemory['written']> {
  return { code, cause, nextTryAt };
}

/** Characters of what the API server says that are repeated: it may quote what a CA answered. */
const longestRefusal = 200;

/** The end of a request whose status the API server will never take. */
function refused(error: KubeApiError): Conclusion {
  const reason = printable(error.message.replaceAll(/\s+/g, ' '));
  return failed(
    'StatusRefused',
    `The API server refuses what was to be written. Where it is too large, have the CA send a shorter chain; else look at the CRDs and the admission policies. It says: ${cut(reason, longestRefusal)}`,
  );
}

function isOfRefusal(status: StatusChange): boolean {
  return status.change === 'failed' && status.code === 'StatusRefused';
}
