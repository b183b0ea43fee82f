import type { Clock } from '../lib/clock.ts';
import type { CallContext, Issued, Signer, SignOutcome, SignRequest } from '../signers/signer.ts';
import { callSigner, timeoutCode } from './call-signer.ts';
import { checkRequest } from './check-request.ts';
import { conclude, failed, issued, waitFor, type AttemptHistory } from './conclude.ts';
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
  readonly onAttempt: (request: RequestView, outcome: SignOutcome['outcome'], ms: number) => void;
}

/** How long after it becomes valid a certificate is looked at again, in milliseconds: times in it are whole seconds. */
const earlyMarginMs = 1000;
/** When a request is looked at again that has shown its issuer broken, in milliseconds, should nothing wake it before. */
const suspectPauseMs = 30_000;

/**
 * What an attempt came to. Its signer counts as in use until `release`, which is to be called when the conclusion is
 * written: so a crash finds no more certificates that are signed and not written than an issuer has in flight.
 */
export interface Attempt {
  readonly conclusion: Conclusion;
  release(): void;
}

/** A conclusion that no signer is held for. */
export function withoutSigner(conclusion: Conclusion): Attempt {
  return { conclusion, release: () => undefined };
}

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
): Promise<Attempt> {
  const { early } = memory;
  if (early !== undefined) {
    return withoutSigner(checkedFirst(request, memory, deps, (wanted) => settle(early, wanted, memory, deps.clock.now())));
  }
  const acquired = deps.pool.acquire(issuer.uid, requestKey(request));
  // The pool wakes who is queued: when the signer has been opened and checked, when there is room, when it is their turn.
  if (acquired.got === 'queued') return withoutSigner({});
  try {
    // Not before it is this request's turn: a request that queues would be parsed again each time it is woken.
    const sign = async (wanted: SignRequest): Promise<Conclusion> =>
      await use(acquired, request, wanted, issuer, memory, deps, signal);
    return { conclusion: await checkedFirst(request, memory, deps, sign), release: acquired.release };
  } catch (error) {
    acquired.release();
    throw error;
  }
}

/** Goes on with a request that can be signed; what is wrong with one that cannot is its conclusion. */
function checkedFirst<T>(
  request: RequestView,
  memory: RequestMemory,
  { clock }: Pick<AttemptDeps, 'clock'>,
  next: (wanted: SignRequest) => T,
): T | Conclusion {
  const checked = checkRequest(request, historyOf(request, memory, clock.now()).firstTryAt);
  return checked.ok ? next(checked.value) : failed(checked.error.code, checked.error.message);
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
  const history = historyOf(request, memory, wanted.firstTryAt);
  memory.firstTryAt = history.firstTryAt;
  deps.fence();
  const started = deps.clock.monotonic();
  const outcome = await askCA(lease.signer, history.caRequestId, wanted, deps.clock, signal);
  deps.onAttempt(request, outcome.outcome, deps.clock.monotonic() - started);
  lease.report(outcome.outcome === 'retry' && outcome.code === timeoutCode ? 'timeout' : 'answered');
  const now = deps.clock.now();

  if (outcome.outcome === 'issuer-broken') return await suspectIssuer(outcome, lease, issuer, deps, signal);
  // A refusal may be the signer's own, made without the CA: only what the CA took shows that it works again.
  const taken = outcome.outcome === 'issued' || outcome.outcome === 'pending';
  if (taken && lease.circuit.worked()) deps.pool.wakeWaiting(issuer.uid);
  if (outcome.outcome === 'issued') return settle(outcome, wanted, memory, now, lease.limits.strict);
  remember(outcome, memory);
  return conclude(outcome, history, lease.limits.retry, now, deps.random());
}

/** Submits, or asks for the request that the CA has taken already: a second submission could be a second order. */
async function askCA(
  signer: Signer,
  id: string | undefined,
  wanted: SignRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<SignOutcome> {
  const call = async (context: CallContext): Promise<SignOutcome> =>
    id === undefined || signer.poll === undefined ? await signer.sign(wanted, context) : await signer.poll(id, wanted, context);
  return await callSigner(signer, clock, call, signal);
}

/** Counts the attempts in a row that failed, and of those the last ones with one code. */
function remember(outcome: SignOutcome, memory: RequestMemory): void {
  if (outcome.outcome !== 'retry') {
    memory.failures = 0;
    delete memory.alike;
    return;
  }
  const { code } = outcome;
  memory.failures += 1;
  memory.alike = { code, count: memory.alike?.code === code ? memory.alike.count + 1 : 1 };
}

/**
 * What becomes of a certificate: it is written, refused, or kept until it is valid. One that is kept has been found
 * good enough for a strict issuer, where it is one.
 */
function settle(answer: Issued, wanted: SignRequest, memory: RequestMemory, now: number, strict = false): Conclusion {
  delete memory.early;
  const verified = verifyIssued(answer, wanted, now, strict);
  if (verified.ok) return issued(verified.value.chain.chainPem, verified.value.chain.caPem, verified.value.notices);
  const { code, message, afterMs } = verified.error;
  if (afterMs === undefined) return failed(code, message);
  memory.early = answer;
  return waitFor(code, message, now, afterMs + earlyMarginMs);
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
  const check = await callSigner(lease.signer, deps.clock, (context) => lease.signer.check(context), signal);
  if (check.outcome === 'healthy') return failed(outcome.code, outcome.message);
  lease.circuit.trip({ code: outcome.code, message: outcome.message }, deps.clock.monotonic());
  deps.onIssuerBroken(issuer);
  const message = `The issuer is broken: ${outcome.message} The request is signed as soon as the issuer's check passes again.`;
  const status = { change: 'pending', code: 'IssuerNotReady', message, cause: outcome.code } as const;
  return { status, requeueAfterMs: suspectPauseMs };
}

function historyOf(request: RequestView, memory: RequestMemory, now: number): AttemptHistory {
  const { firstTry = '', caRequestId } = signingOf(request, memory) ?? {};
  const stored = Date.parse(firstTry);
  return {
    firstTryAt: Number.isNaN(stored) ? (memory.firstTryAt ?? now) : stored,
    failures: memory.failures,
    ...(memory.alike === undefined ? {} : { alike: memory.alike }),
    ...(caRequestId === undefined ? {} : { caRequestId }),
  };
}

/** What is known of the request at the CA: as written last by this process, else as the request holds it. */
export function signingOf(request: RequestView, memory: RequestMemory): SigningState | undefined {
  return memory.signing ?? request.signing;
}
