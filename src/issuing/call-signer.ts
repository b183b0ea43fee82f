import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import type { CallContext, Retry } from '../signers/signer.ts';

/** Milliseconds one call to a CA may take. */
const callTimeoutMs = 60_000;

/**
 * Calls a signer with a deadline. That a CA gave no answer in time is an outcome; only what `signal` ends, and what a
 * signer throws by mistake, is thrown.
 */
export async function callSigner<Outcome>(
  clock: Clock,
  call: (context: CallContext) => Promise<Outcome>,
  signal: AbortSignal,
): Promise<Outcome | Retry> {
  let limit: AbortSignal | undefined;
  const work = async (within: AbortSignal): Promise<Outcome> => {
    limit = within;
    return await call({ signal: within });
  };
  try {
    return await withDeadline(clock, callTimeoutMs, work, signal);
  } catch (error) {
    if (limit?.aborted !== true || signal.aborted) throw error;
    const message = `The CA did not answer within ${callTimeoutMs / 1000} s.`;
    return { outcome: 'retry', code: 'CATimeout', message, cause: error };
  }
}
