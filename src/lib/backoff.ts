/** How long to wait before a further try; `random` in [0,1) is passed in so that tests can decide it. */
export interface BackoffPolicy {
  /** Milliseconds before the second try, without jitter. */
  readonly baseMs: number;
  /** Milliseconds that no wait exceeds. */
  readonly maxMs: number;
}

/**
 * Exponential backoff with equal jitter: half of the doubled delay is certain, half is random. So many requests that
 * failed together do not return together, and none returns at once.
 * @param failures how often it has failed already, from 1.
 */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: number): number {
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return ceiling / 2 + (ceiling / 2) * random;
}
