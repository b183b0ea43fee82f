import { timestamp } from '../api/conditions.ts';
import { backoffDelay } from '../lib/backoff.ts';
import { formatDuration } from '../lib/duration.ts';
import type { SignOutcome } from '../signers/signer.ts';
import type { Conclusion, Notice, StatusChange } from './conclusion.ts';
import type { SigningState } from './request-view.ts';
import { canBeKept } from './signing-state.ts';

/** How an issuer wants failed attempts repeated; milliseconds. */
export interface RetryPolicy {
  /** From the first try until the request fails; 0 means it is tried for ever. */
  readonly budgetMs: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/** What is known of the attempts at one request before this one. */
export interface AttemptHistory {
  /** When signing was first tried, milliseconds since the epoch. */
  readonly firstTryAt: number;
  /** Attempts that failed and may be repeated, this one not counted. */
  readonly failures: number;
  /** The last of them in a row that had the same code. */
  readonly alike?: { readonly code: string; readonly count: number };
  /** The id under which the CA has the request, where it has. */
  readonly caRequestId?: string;
}

/** The longest time that a CA may tell us to stay away, in milliseconds: a wrong header must not stop a request for years. */
const longestWaitMs = 86_400_000;
/** The shortest time between two polls, in milliseconds. */
const leastPollMs = 1000;

/** The outcomes that conclude a request or its attempt; `issued` is checked first and `issuer-broken` is the circuit's. */
export type ConcludingOutcome = Exclude<SignOutcome, { outcome: 'issued' } | { outcome: 'issuer-broken' }>;

/**
 * Turns what the signer answered into what becomes of the request.
 * @param now milliseconds since the epoch; `random` in [0,1) spreads the retries.
 */
export function conclude(
  outcome: ConcludingOutcome,
  history: AttemptHistory,
  policy: RetryPolicy,
  now: number,
  random: number,
): Conclusion {
  const { caRequestId } = history;
  const firstTry = new Date(history.firstTryAt).toISOString();
  switch (outcome.outcome) {
    case 'failed':
      return failed(outcome.code, outcome.message);
    case 'pending':
      return pendingAtCA({ firstTry, caRequestId: outcome.id }, boundedWait(outcome.afterMs, leastPollMs));
    case 'retry': {
      const attempts = 1 + (history.alike?.code === outcome.code ? history.alike.count : 0);
      if (outcome.mostAttempts !== undefined && attempts >= outcome.mostAttempts) {
        const tried = attempts === 1 ? 'Given up after one attempt' : `Given up after ${attempts} attempts that failed alike`;
        return failed(outcome.code, `${tried}: ${outcome.message}`);
      }
      const spent = now - history.firstTryAt;
      // The time in which a CA decides is not spent on attempts that fail: how long it may take is the signer's to say.
      if (caRequestId === undefined && policy.budgetMs > 0 && spent >= policy.budgetMs) {
        const tried = `Given up after ${formatDuration(spent)} (spec.retry.budget of the issuer is ${formatDuration(policy.budgetMs)})`;
        return failed(outcome.code, `${tried}; the last attempt: ${outcome.message}`);
      }
      const backoff = backoffDelay({ baseMs: policy.minDelayMs, maxMs: policy.maxDelayMs }, history.failures + 1, random);
      // A request that the CA has keeps its id: a poll that failed must not become a second order.
      const signing = { firstTry, ...(caRequestId === undefined ? {} : { caRequestId }) };
      return waitFor(outcome.code, outcome.message, now, boundedWait(outcome.afterMs, backoff), signing);
    }
    default:
      return outcome satisfies never;
  }
}

/** What a CA says of when to come back, made bearable: at least `leastMs`, at most a day, whatever number it is. */
export function boundedWait(afterMs: number | undefined, leastMs: number): number {
  return Math.min(longestWaitMs, Math.max(leastMs, afterMs || 0));
}

/** The conclusion that ends a request: `Failed`, with a Warning event that says the same. */
export function failed(code: string, message: string): Conclusion {
  return { status: { change: 'failed', code, message }, notices: [{ type: 'Warning', reason: code, note: message }] };
}

/** The conclusion of a certificate that passed its checks; `notices` are what was found odd but acceptable. */
export function issued(chainPem: string, caPem: string | undefined, notices: readonly Notice[]): Conclusion {
  const status: StatusChange = { change: 'issued', chainPem, ...(caPem === undefined ? {} : { caPem }) };
  return {
    status,
    notices: [...notices, { type: 'Normal', reason: 'Issued', note: 'The certificate was signed and checked.', shed: true }],
  };
}

/** The conclusion of what passes with time: Pending, with a Warning event that says the same and names the next try. */
export function waitFor(code: string, message: string, now: number, waitMs: number, signing?: SigningState): Conclusion {
  const nextTryAt = now + waitMs;
  const text = `${message} Next try at ${timestamp(nextTryAt)}.`;
  return {
    status: { change: 'pending', code, message: text, nextTryAt, ...(signing === undefined ? {} : { signing }) },
    notices: [{ type: 'Warning', reason: code, note: text }],
    requeueAfterMs: waitMs,
  };
}

/** The id as the CA's people may search for it; the same at each poll, so that no status is written for it again. */
function named(caRequestId = ''): string {
  return /^[\x20-\x7e]+$/.test(caRequestId) ? ` as "${caRequestId.slice(0, 64)}${caRequestId.length > 64 ? '…' : ''}"` : '';
}

function pendingAtCA(signing: SigningState, afterMs: number): Conclusion {
  if (!canBeKept(signing)) {
    return failed(
      'CAResponseInvalid',
      "The CA took the request for later, under an id that is empty or too long to be kept (512 characters). Correct where the issuer's configuration finds the id.",
    );
  }
  return {
    status: {
      change: 'pending',
      code: 'PendingAtCA',
      message: `The CA has accepted the request${named(signing.caRequestId)} and will decide later; it is asked again until it does.`,
      signing,
    },
    requeueAfterMs: afterMs,
  };
}
