import type { Clock } from '../../../lib/clock.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { AuthFailure } from './contract.ts';

/** A token as it was given, and how long it is good for, in milliseconds. */
export interface FetchedToken {
  readonly token: string;
  readonly lifetimeMs: number;
}

/** Has a token made; its signal is aborted when nobody waits for it any more. */
export type FetchToken = (signal: AbortSignal) => Promise<Result<FetchedToken, AuthFailure>>;

/** Tokens by what they were asked for with: each is fetched once for all who need it at a time. */
export interface TokenCache {
  /** Rejects with the reason of the signal, which ends the waiting of this caller only. Failures are not kept. */
  get(key: string, fetch: FetchToken, signal: AbortSignal): Promise<Result<string, AuthFailure>>;
  /** That token was refused. False where another one would be the same again: the server gave it anew after it was dropped. */
  drop(token: string): boolean;
  /** Every token that is kept. */
  tokens(): readonly string[];
}

interface Kept {
  readonly token: string;
  readonly renewAt: number;
}

interface Flight {
  readonly result: Promise<Result<string, AuthFailure>>;
  readonly abort: AbortController;
  waiting: number;
}

/** Requests whose templates differ have tokens of their own; more than these are not kept. */
const mostTokens = 32;
/** A token is renewed when a fifth of its time is left, or half a minute, whichever is less. */
const marginMs = 30_000;
const marginShare = 0.2;
const nobodyWaits = 'nobody waits for the token any more';

/** Makes an empty cache. */
export function createTokenCache(clock: Pick<Clock, 'monotonic'>): TokenCache {
  const kept = new Map<string, Kept>();
  const flights = new Map<string, Flight>();
  const dropped = new Set<string>();
  /** Until when a server that named a time is left alone. */
  const pauses = new Map<string, { readonly until: number; readonly failure: AuthFailure }>();

  async function run(key: string, fetch: FetchToken, signal: AbortSignal): Promise<Result<string, AuthFailure>> {
    const asked = clock.monotonic();
    const fetched = await fetch(signal);
    if (!fetched.ok) {
      const { error } = fetched;
      if (error.outcome === 'retry' && error.afterMs !== undefined) {
        bounded(pauses, key, { until: clock.monotonic() + error.afterMs, failure: error });
      }
      return fetched;
    }
    const { token, lifetimeMs } = fetched.value;
    const margin = Math.min(marginMs, lifetimeMs * marginShare);
    bounded(kept, key, { token, renewAt: asked + lifetimeMs - margin });
    return ok(token);
  }

  function start(key: string, fetch: FetchToken): Flight {
    const abort = new AbortController();
    const flight: Flight = { abort, waiting: 0, result: run(key, fetch, abort.signal).finally(() => land(key, flight)) };
    // Those who wait hear of a rejection; where nobody does, there is nobody to tell.
    flight.result.catch(() => undefined);
    flights.set(key, flight);
    return flight;
  }

  function land(key: string, flight: Flight): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  return {
    async get(key, fetch, signal) {
      signal.throwIfAborted();
      const found = kept.get(key);
      if (found !== undefined && clock.monotonic() < found.renewAt) return ok(found.token);
      const pause = pauses.get(key);
      const restMs = (pause?.until ?? 0) - clock.monotonic();
      if (pause !== undefined && restMs > 0) return err({ ...pause.failure, afterMs: restMs });
      const flight = flights.get(key) ?? start(key, fetch);
      flight.waiting += 1;
      try {
        return await unlessAborted(flight.result, signal);
      } finally {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          land(key, flight);
          flight.abort.abort(nobodyWaits);
        }
      }
    },
    drop(token) {
      for (const [key, entry] of kept) {
        if (entry.token !== token) continue;
        kept.delete(key);
        if (dropped.has(token)) return false;
        dropped.add(token);
        if (dropped.size > mostTokens) for (const oldest of dropped) return dropped.delete(oldest);
      }
      return true;
    },
    tokens: () => [...kept.values()].map(({ token }) => token),
  };
}

/** Sets an entry, and forgets the oldest where there are too many. */
function bounded<T>(entries: Map<string, T>, key: string, value: T): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > mostTokens && oldest !== undefined) entries.delete(oldest);
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
