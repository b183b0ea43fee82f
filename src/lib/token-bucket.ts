/** How often something may be done: `requests` in `perMs`, with at most `burst` at once after a quiet time. */
export interface Rate {
  readonly requests: number;
  readonly perMs: number;
  readonly burst: number;
}

/**
 * Makes a token bucket; it answers 0 where a call may go now, else the milliseconds until one may. It counts, as the
 * generic cell rate algorithm does, the time at which the bucket is full again, in units of 1/requests ms: in those all
 * numbers are whole where the times are, and no rounding adds up.
 */
export function createTokenBucket({ requests, perMs, burst }: Rate): (now: number) => number {
  let fullAt = Number.NEGATIVE_INFINITY;

  return (now) => {
    const at = now * requests;
    const from = Math.max(fullAt, at);
    const early = from - at - (burst - 1) * perMs;
    if (early > 0) return Math.ceil(early / requests);
    fullAt = from + perMs;
    return 0;
  };
}
