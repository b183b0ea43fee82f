import type { Reconcile, ReconcileResult } from '../kube/controller.ts';
import { attempt, signingOf, type AttemptDeps } from './attempt.ts';
import { mustNotBeLost, type Conclusion, type Notice, type StatusChange } from './conclusion.ts';
import { decide } from './decide.ts';
import type { Ledger, RequestMemory } from './ledger.ts';
import type { IssuerView, RequestView } from './request-view.ts';
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
    const request = deps.requestOf(key);
    if (request === undefined) return {};
    const memory = deps.ledger.of(request.uid);
    const remembered = memory.outcome?.csr === request.csr ? memory.outcome.conclusion : undefined;
    const conclusion = remembered ?? (await look(request, memory, signal));
    return await carryOut(request, conclusion, memory, signal);
  };

  async function look(request: RequestView, memory: RequestMemory, signal: AbortSignal): Promise<Conclusion> {
    const issuerKey = issuerOf(request);
    const decision = decide(request, issuerKey === undefined ? undefined : deps.issuerOf(issuerKey), deps.clock.now());
    if (decision.act === 'conclude') return decision.conclusion;
    return await attempt(request, decision.issuer, memory, deps, signal);
  }

  async function carryOut(
    request: RequestView,
    conclusion: Conclusion,
    memory: RequestMemory,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const { status, requeueAfterMs } = conclusion;
    if (status !== undefined && worthWriting(status, request, memory, deps.clock.now(), requeueAfterMs)) {
      // Remembered before the write: if the write is lost, the next reconcile repeats it and asks no CA.
      if (mustNotBeLost(status)) memory.outcome = { csr: request.csr, conclusion };
      const written = await deps.write(request, status, signal);
      if (written === 'superseded' || status.change === 'pending') delete memory.outcome;
      if (written === 'superseded') return {};
      if (status.change === 'pending') rememberPending(memory, status, deps.clock.now(), requeueAfterMs);
      else deps.onConcluded(request, status);
    }
    for (const notice of conclusion.notices ?? []) tellOnce(request, notice, memory);
    return requeueAfterMs === undefined ? {} : { requeueAfterMs };
  }

  function tellOnce(request: RequestView, notice: Notice, memory: RequestMemory): void {
    if (memory.told.has(notice.reason)) return;
    memory.told.add(notice.reason);
    deps.tell(request, notice);
  }
}

/**
 * A Pending status is written when what it says changes: its code, or the next try by over a minute. The id that a CA
 * gave is always written, and before the first poll.
 */
function worthWriting(
  status: StatusChange,
  request: RequestView,
  memory: RequestMemory,
  now: number,
  nextMs: number | undefined,
): boolean {
  if (status.change !== 'pending') return true;
  if (status.signing !== undefined && status.signing.caRequestId !== signingOf(request, memory)?.caRequestId) return true;
  const known = memory.written ?? writtenBefore(request);
  if (known === undefined || known.code !== status.code) return true;
  if (nextMs === undefined || known.nextTryAt === undefined) return false;
  return Math.abs(now + nextMs - known.nextTryAt) > worthTellingMs;
}

function writtenBefore({ ready }: RequestView): RequestMemory['written'] {
  if (ready?.reason !== 'Pending') return undefined;
  return { code: ready.message.split(':', 1)[0] ?? '', nextTryAt: undefined };
}

function rememberPending(
  memory: RequestMemory,
  status: StatusChange & { change: 'pending' },
  now: number,
  nextMs: number | undefined,
): void {
  memory.written = { code: status.code, nextTryAt: nextMs === undefined ? undefined : now + nextMs };
  if (status.signing !== undefined) memory.signing = status.signing;
}
