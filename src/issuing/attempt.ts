import type { Clock } from '../lib/clock.ts';
import type { SignOutcome, SignRequest } from '../signers/signer.ts';
import { checkRequest } from './check-request.ts';
import { conclude, failed, issued, type AttemptHistory } from './conclude.ts';
import type { Conclusion } from './conclusion.ts';
import type { RequestMemory } from './ledger.ts';
import { requestKey, type IssuerView, type RequestView, type SigningState } from './request-view.ts';
import type { SignerLease, SignerPool } from './signer-pool.ts';
import { verifyIssued } from './verify.ts';

/** What an attempt to sign needs from outside. */
export interface AttemptDeps {
  readonly pool: SignerPool;
  readonly clock: Clock;
  readonly random: () => number;
  /** Throws where this replica must not ask a CA: its Lease is not surely its own. */
  readonly fence: () => void;
  /** Signing has shown the issuer broken: its status must say so, and its next check be planned. */
  readonly onIssuerBroken: (issuer: IssuerView) => void;
  readonly onAttempt: (issuer: IssuerView, outcome: SignOutcome['outcome'], ms: number) => void;
}

/** Milliseconds one call to a CA may take. */
const callTimeoutMs = 60_000;
/** How long a CA's answer that will soon be valid is kept before it is looked at again, at the least. */
const shortWaitMs = 1000;

/**
 * One attempt: check the request, take the issuer's signer, sign (or ask the CA that has it), check what came back.
 * Gives the conclusion; writes nothing.
 */
export async function attempt(
  request: RequestView,
  issuer: IssuerView,
  memory: RequestMemory,
  deps: AttemptDeps,
  signal: AbortSignal,
): Promise<Conclusion> {
  const checked = checkRequest(request);
  if (!checked.ok) return failed(checked.error.code, checked.error.message);
  const acquired = deps.pool.acquire(issuer.uid, requestKey(request));
  switch (acquired.got) {
    // The issuer's own reconcile opens the signer, and wakes its requests when it has.
    case 'not-open':
    case 'queued':
      return {};
    case 'throttled':
      return { requeueAfterMs: acquired.afterMs };
    case 'signer':
      break;
    default:
      return acquired satisfies never;
  }
  try {
    return await use(acquired, request, checked.value, issuer, memory, deps, signal);
  } finally {
    acquired.release();
  }
}

async function use(
  lease: SignerLease,
  request: RequestView,
  wanted: SignRequest,
  issuer: IssuerView,
  memory: RequestMemory,
  deps: AttemptDeps,
  signal: AbortSignal,
): Promise<Conclusion> {
  const history = historyOf(request, memory, deps.clock.now());
  memory.firstTryAt = history.firstTryAt;
  deps.fence();
  const started = deps.clock.monotonic();
  const outcome = await callSigner(lease, signingOf(request, memory)?.caRequestId, wanted, signal);
  deps.onAttempt(issuer, outcome.outcome, deps.clock.monotonic() - started);
  const now = deps.clock.now();

  if (outcome.outcome === 'issuer-broken') return await suspectIssuer(outcome, lease, issuer, deps, signal);
  if (outcome.outcome !== 'retry' && lease.circuit.worked()) deps.pool.wakeWaiting(issuer.uid);
  if (outcome.outcome === 'issued') {
    const verified = verifyIssued(outcome, wanted, now);
    if (verified.ok) return issued(verified.value.chain.chainPem, verified.value.chain.caPem, verified.value.notices);
    const { code, message, afterMs } = verified.error;
    if (afterMs === undefined) return failed(code, message);
    return conclude(
      { outcome: 'retry', code, message, afterMs: afterMs + shortWaitMs },
      history,
      lease.limits.retry,
      now,
      deps.random(),
    );
  }
  if (outcome.outcome === 'retry') memory.failures += 1;
  return conclude(outcome, history, lease.limits.retry, now, deps.random());
}

/** Submits, or asks for the request that the CA has taken already: a second submission could be a second order. */
async function callSigner(lease: SignerLease, id: string | undefined, wanted: SignRequest, signal: AbortSignal): Promise<SignOutcome> {
  const deadline = AbortSignal.timeout(callTimeoutMs);
  const context = { signal: AbortSignal.any([signal, deadline]) };

  try {
    return id === undefined || lease.signer.poll === undefined
      ? await lease.signer.sign(wanted, context)
      : await lease.signer.poll(id, wanted, context);
  } catch (error) {
    if (!deadline.aborted || signal.aborted) throw error;
    return {
      outcome: 'retry',
      code: 'CATimeout',
      message: `The CA did not answer within ${callTimeoutMs / 1000} s.`,
      cause: error,
    };
  }
}

/**
 * A signer says its issuer is broken. One requester must not be able to stop an issuer for the others, so the issuer
 * is checked at once: when the check passes, it was this request, and only this request fails.
 */
async function suspectIssuer(
  outcome: Extract<SignOutcome, { outcome: 'issuer-broken' }>,
  lease: SignerLease,
  issuer: IssuerView,
  deps: AttemptDeps,
  signal: AbortSignal,
): Promise<Conclusion> {
  const check = await lease.signer.check({ signal: AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]) });
  if (check.outcome === 'healthy') return failed(outcome.code, outcome.message);
  lease.circuit.trip({ code: outcome.code, message: outcome.message }, deps.clock.monotonic());
  deps.onIssuerBroken(issuer);
  const message = `The issuer is broken: ${outcome.message} The request is signed as soon as the issuer's check passes again.`;
  return { status: { change: 'pending', code: 'IssuerNotReady', message } };
}

function historyOf(request: RequestView, memory: RequestMemory, now: number): AttemptHistory {
  const stored = Date.parse(signingOf(request, memory)?.firstTry ?? '');
  return { firstTryAt: Number.isNaN(stored) ? (memory.firstTryAt ?? now) : stored, failures: memory.failures };
}

/** What is known of the request at the CA: as written last by this process, else as the request holds it. */
export function signingOf(request: RequestView, memory: RequestMemory): SigningState | undefined {
  return memory.signing ?? request.signing;
}
