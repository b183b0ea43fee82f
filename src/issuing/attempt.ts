import type { Policy } from '../api/policy-fields.ts';
import type { Clock } from '../lib/clock.ts';
import type { CallContext, Failed, Issued, IssuerBroken, Retry, Signer, SignOutcome, SignRequest } from '../signers/signer.ts';
import type { KnownCas } from '../x509/known-cas.ts';
import { callSigner, timeoutCode } from './call-signer.ts';
import { checkRequest } from './check-request.ts';
import { conclude, failed, issued, waitFor, type AttemptHistory } from './conclude.ts';
import type { Conclusion } from './conclusion.ts';
import type { RequestMemory } from './ledger.ts';
import { policyProblem } from './policy/check-policy.ts';
import { requestKey, type IssuerView, type RequestView, type SigningState } from './request-view.ts';
import type { SignerLease, SignerPool } from './signer-pool.ts';
import { verifyIssued } from './verify.ts';

/** What an attempt to sign needs from outside. */
export interface AttemptDeps {
  readonly pool: SignerPool;
  readonly clock: Clock;
  readonly random: () => number;
  /** The CA certificates that came with certificates before. */
  readonly known?: KnownCas;
  /** Throws where this replica must not ask a CA: its Lease is not surely its own. */
  readonly fence: () => void;
  /** Signing has shown the issuer broken: its status must say so, and its next check be planned. */
  readonly onIssuerBroken: (issuer: IssuerView) => void;
  /** @param again the attempt before had failed, and could be repeated. */
  readonly onAttempt: (request: RequestView, outcome: SignOutcome['outcome'], ms: number, again: boolean) => void;
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
    return withoutSigner(checkedFirst(request, memory, deps, undefined, (wanted) => settle(early, wanted, memory, deps)));
  }
  const acquired = deps.pool.acquire(issuer.uid, requestKey(request));
  // The pool wakes who is queued: when the signer has been opened and checked, when there is room, when it is their turn.
  if (acquired.got === 'queued') return withoutSigner({});
  try {
    // Not before it is this request's turn: a request that queues would be parsed again each time it is woken.
    const sign = async (wanted: SignRequest): Promise<Conclusion> =>
      await use(acquired, request, wanted, issuer, memory, deps, signal);
    const { policy } = acquired.limits;
    return { conclusion: await checkedFirst(request, memory, deps, policy, sign), release: acquired.release };
  } catch (error) {
    acquired.release();
    throw error;
  }
}

/**
 * Goes on with a request that can be signed, and that the policy allows; what is wrong with one that cannot is its conclusion.
 * @param policy absent for a certificate that is signed already.
 */
function checkedFirst<T>(
  request: RequestView,
  memory: RequestMemory,
  { clock }: Pick<AttemptDeps, 'clock'>,
  policy: Policy | undefined,
  next: (wanted: SignRequest) => T,
): T | Conclusion {
  const checked = checkRequest(request, historyOf(request, memory, clock.now()).firstTryAt);
  if (!checked.ok) return failed(checked.error.code, checked.error.message);
  const problem = policy === undefined ? undefined : policyProblem(request, checked.value, policy);
  return problem === undefined ? next(checked.value) : failed(problem.code, problem.message);
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
  const answer = await askCA(lease.signer, history.caRequestId, wanted, deps.clock, signal);
  deps.onAttempt(request, answer.outcome, deps.clock.monotonic() - started, history.failures > 0);
  lease.report(answer.outcome === 'retry' && answer.code === timeoutCode ? 'timeout' : 'answered');

  let outcome: Exclude<SignOutcome, IssuerBroken>;
  if (answer.outcome === 'issuer-broken') {
    const check = await callSigner(lease.signer, deps.clock, (context) => lease.signer.check(context), signal);
    if (check.outcome !== 'healthy') return breakIssuer(answer, lease, issuer, deps);
    outcome = acquitted(answer);
  } else outcome = answer;
  const now = deps.clock.now();
  // A refusal may be the signer's own, made without the CA: only what the CA took shows that it works again.
  const taken = outcome.outcome === 'issued' || outcome.outcome === 'pending';
  if (taken && lease.circuit.worked()) deps.pool.wakeWaiting(issuer.uid);
  if (outcome.outcome === 'issued') return settle(outcome, wanted, memory, deps, lease.limits.strict);
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
function settle(
  answer: Issued,
  wanted: SignRequest,
  memory: RequestMemory,
  { clock, known }: Pick<AttemptDeps, 'clock' | 'known'>,
  strict = false,
): Conclusion {
  const now = clock.now();
  delete memory.early;
  const verified = verifyIssued(answer, wanted, now, strict, known);
  if (verified.ok) return issued(verified.value.chain.chainPem, verified.value.chain.caPem, verified.value.notices);
  const { code, message, afterMs } = verified.error;
  if (afterMs === undefined) return failed(code, message);
  memory.early = answer;
  return waitFor(code, message, now, afterMs + earlyMarginMs);
}

/** Signing and the check say the same: every request of the issuer waits. */
function breakIssuer(
  { code, message: why }: IssuerBroken,
  lease: SignerLease,
  issuer: IssuerView,
  deps: AttemptDeps,
): Conclusion {
  lease.circuit.trip({ code, message: why }, deps.clock.monotonic());
  deps.onIssuerBroken(issuer);
  const message = `The issuer is broken: ${why} The request is signed as soon as the issuer's check passes again.`;
  const status = { change: 'pending', code: 'IssuerNotReady', message, cause: code } as const;
  return { status, requeueAfterMs: suspectPauseMs };
}

/**
 * A signer calls its issuer broken, and the check passes: one requester must not be able to stop an issuer for the others. Where the
 * CA may have meant the request it fails; where it cannot have, something is wrong that the check does not see, and may be mended.
 */
function acquitted({ code, message, requestSuspected, cause }: IssuerBroken): Failed | Retry {
  if (requestSuspected === true) return { outcome: 'failed', code, message };
  return { outcome: 'retry', code, message, cause };
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
