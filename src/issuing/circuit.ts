/** Why a circuit opened, for the issuer's status. */
export interface CircuitProblem {
  readonly code: string;
  readonly message: string;
}

/**
 * Whether requests may reach an issuer's CA. Signing that shows the issuer broken opens the circuit; when a check has
 * passed it is half open: one request goes first, and the rest follow when it succeeds. Each opening in a row doubles
 * the pause before the next check.
 */
export interface Circuit {
  /** The problem and the time (monotonic ms) of the next check, while the circuit is open. */
  open(): { readonly problem: CircuitProblem; readonly until: number } | undefined;
  /** Signing found the issuer broken at `now` (monotonic ms). */
  trip(problem: CircuitProblem, now: number): void;
  /** A check passed: an open circuit becomes half open. */
  checkPassed(): void;
  /** May this request use the CA now? In a half-open circuit the first to ask is the probe. */
  admit(requestKey: string): boolean;
  /** The CA took this request: the circuit closes. True where it was half open. */
  worked(): boolean;
  /** This request has ended without showing anything: another may be the probe. */
  undecided(requestKey: string): void;
}

const firstPauseMs = 10_000;
const longestPauseMs = 600_000;

/** Makes a closed circuit. */
export function createCircuit(): Circuit {
  let state: 'closed' | 'open' | 'half' = 'closed';
  let problem: CircuitProblem = { code: '', message: '' };
  let pauseMs = firstPauseMs;
  let until = 0;
  let probe: string | undefined;

  return {
    open: () => (state === 'open' ? { problem, until } : undefined),
    trip(found, now) {
      if (state === 'half') pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      if (state !== 'open') until = now + pauseMs;
      state = 'open';
      problem = found;
      probe = undefined;
    },
    checkPassed() {
      if (state === 'open') state = 'half';
    },
    admit(requestKey) {
      if (state === 'closed') return true;
      if (state === 'open' || (probe !== undefined && probe !== requestKey)) return false;
      probe = requestKey;
      return true;
    },
    worked() {
      const was = state;
      if (state === 'half') state = 'closed';
      if (state === 'closed') pauseMs = firstPauseMs;
      probe = undefined;
      return was === 'half';
    },
    undecided(requestKey) {
      if (probe === requestKey) probe = undefined;
    },
  };
}
