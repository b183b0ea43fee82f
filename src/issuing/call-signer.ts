import type { CallContext, Retry } from '../signers/signer.ts';

/** Milliseconds one call to a CA may take. */
const callTimeoutMs = 60_000;

/**
 * Calls a signer with a deadline. A signer may let the abort of its call reach us as an error; at the deadline that
 * means the CA gave no answer, which is an outcome, and at the end of the process it is thrown on.
 */
export async function callSigner<Outcome>(
  call: (context: CallContext) => Promise<Outcome>,
  signal: AbortSignal,
  timeoutMs: number = callTimeoutMs,
): Promise<Outcome | Retry> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await call({ signal: AbortSignal.any([signal, deadline]) });
  } catch (error) {
    if (!deadline.aborted || signal.aborted) throw error;
    const message = `The CA did not answer within ${timeoutMs / 1000} s.`;
    return { outcome: 'retry', code: 'CATimeout', message, cause: error };
  }
}
