import type { Clock } from '../lib/clock.ts';
import type { Result } from '../lib/result.ts';
import { boundedCache } from './bounded-cache.ts';
import type { ApiError } from './reply.ts';
import type { Signed } from './signed.ts';

/** What a poll finds: the request is still waiting, or what came of it. */
export type Poll = { readonly state: 'pending' } | { readonly state: 'done'; readonly result: Result<Signed, ApiError> };

/** The requests that wait for their certificate because the server was told to answer late. */
export interface PendingRequests {
  /** Takes a request in; returns its id. */
  add(sign: () => Promise<Result<Signed, ApiError>>): string;
  /** Counts a poll; the one after the last pending one has the request signed, once. Undefined: no such request. */
  poll(id: string): Promise<Poll> | undefined;
  /** What `poll` would find, without counting. */
  peek(id: string): Promise<Poll> | undefined;
}

/** Requests that are `pending` for `polls` polls each; the last 10,000 of the last hour are known. */
export function pendingRequests(deps: {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly polls: number;
}): PendingRequests {
  interface Entry {
    pollsLeft: number;
    readonly sign: () => Promise<Result<Signed, ApiError>>;
    outcome?: Promise<Result<Signed, ApiError>>;
  }
  const entries = boundedCache<Entry>({ capacity: 10_000, ttlMs: 3_600_000 }, deps.clock);
  const state = async (entry: Entry): Promise<Poll> => {
    return entry.outcome === undefined ? { state: 'pending' } : { state: 'done', result: await entry.outcome };
  };
  return {
    add(sign) {
      const id = deps.newId();
      entries.set(id, { pollsLeft: deps.polls, sign });
      return id;
    },
    poll(id) {
      const entry = entries.get(id);
      if (entry === undefined) return undefined;
      if (entry.pollsLeft > 0) entry.pollsLeft--;
      else entry.outcome ??= entry.sign();
      return state(entry);
    },
    peek(id) {
      const entry = entries.get(id);
      return entry === undefined ? undefined : state(entry);
    },
  };
}
