import { backoffDelay } from '../lib/backoff.ts';
import { formatDuration } from '../lib/duration.ts';
import type { SignOutcome } from '../signers/signer.ts';
import type { Conclusion, Notice, StatusChange } from './conclusion.ts';
import type { SigningState } from './request-view.ts';

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
}

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
  const firstTry = new Date(history.firstTryAt).toISOString();
  switch (outcome.outcome) {
    case 'failed':
      return failed(outcome.code, outcome.message);
    case 'pending':
      return pendingAtCA(outcome.id, outcome.afterMs, firstTry);
    case 'retry': {
      const spent = now - history.firstTryAt;
      if (policy.budgetMs > 0 && spent >= policy.budgetMs) {
        const tried = `Given up after ${formatDuration(spent)} (spec.retry.budget of the issuer is ${formatDuration(policy.budgetMs)})`;
        return failed(outcome.code, `${tried}; the last attempt: ${outcome.message}`);
      }
      const backoff = backoffDelay({ baseMs: policy.minDelayMs, maxMs: policy.maxDelayMs }, history.failures + 1, random);
      const wait = Math.max(outcome.afterMs ?? 0, backoff);
      return retryLater(outcome.code, outcome.message, now + wait, wait, { firstTry });
    }
    default:
      return outcome satisfies never;
  }
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

function retryLater(code: string, message: string, nextTry: number, wait: number, signing: SigningState): Conclusion {
  const text = `${message} Next try at ${new Date(nextTry).toISOString().slice(0, 19)}Z.`;
  return {
    status: { change: 'pending', code, message: text, signing },
    notices: [{ type: 'Warning', reason: code, note: text }],
    requeueAfterMs: wait,
  };
}

function pendingAtCA(id: string, afterMs: number, firstTry: string): Conclusion {
  return {
    status: {
      change: 'pending',
      code: 'PendingAtCA',
      message: 'The CA has accepted the request and will decide later; it is asked again until it does.',
      signing: { firstTry, caRequestId: id },
    },
    requeueAfterMs: afterMs,
  };
}
