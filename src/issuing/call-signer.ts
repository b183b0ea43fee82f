import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import type { CallContext, Retry, Signer } from '../signers/signer.ts';

/** Milliseconds that one call may take where the signer does not say. */
const defaultTimeoutMs = 60_000;

/** The code of a call that was not answered in time; signers give it too, for what they waited for themselves. */
export const timeoutCode = 'CATimeout';

/**
 * Calls a signer, for at most as long as it says that a call takes. That a CA gave no answer in time is an outcome; only
 * what `signal` ends, and what a signer throws by mistake, is thrown.
 */
export async function callSigner<Outcome>(
  signer: Pick<Signer, 'callTimeoutMs'>,
  clock: Clock,
  call: (context: CallContext) => Promise<Outcome>,
  signal: AbortSignal,
): Promise<Outcome | Retry> {
  const { callTimeoutMs = defaultTimeoutMs } = signer;
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
    return { outcome: 'retry', code: timeoutCode, message, cause: error };
  }
}
