/** How often something may be done: `requests` in `perMs`, with at most `burst` at once after a quiet time. */
export interface Rate {
  readonly requests: number;
  readonly perMs: number;
  readonly burst: number;
}

/** Makes a token bucket; it answers 0 where a call may go now, else the milliseconds until one may. */
export function createTokenBucket(rate: Rate): (now: number) => number {
  const msPerToken = rate.perMs / rate.requests;
  let tokens = rate.burst;
  let filledAt: number | undefined;

  return (now) => {
    tokens = Math.min(rate.burst, tokens + (now - (filledAt ?? now)) / msPerToken);
    filledAt = now;
    if (tokens >= 1) {
      tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - tokens) * msPerToken);
  };
}
