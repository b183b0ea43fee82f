import type { Clock } from '../lib/clock.ts';
import type { Result } from '../lib/result.ts';
import { boundedCache } from './bounded-cache.ts';
import { rememberedMs } from './idempotency.ts';
import type { ApiError } from './reply.ts';
import type { Signed } from './signed.ts';

/** What a signing request led to; what is kept under an Idempotency-Key. */
export type Submission =
  | { readonly state: 'issued'; readonly signed: Signed }
  | { readonly state: 'pending'; readonly id: string };

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
  /** Whether a submission still stands: a certificate, or a request that is known and has not failed. */
  stands(submission: Submission): Promise<boolean>;
}

/** Requests that are `pending` for `polls` polls each; the last 10,000 of the last 24 hours are known. */
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
  const entries = boundedCache<Entry>({ capacity: 10_000, ttlMs: rememberedMs }, deps.clock);
  const state = async (entry: Entry): Promise<Poll> => {
    return entry.outcome === undefined ? { state: 'pending' } : { state: 'done', result: await entry.outcome };
  };
  const signNow = (entry: Entry): void => {
    const outcome = entry.sign();
    entry.outcome = outcome;
    // What was the server's fault may have been mended by the next poll.
    const again = (): void => void delete entry.outcome;
    outcome.then((result) => !result.ok && result.error.status >= 500 && again(), again);
  };
  const peek = (id: string): Promise<Poll> | undefined => {
    const entry = entries.get(id);
    return entry === undefined ? undefined : state(entry);
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
      else if (entry.outcome === undefined) signNow(entry);
      return state(entry);
    },
    peek,
    async stands(submission) {
      if (submission.state === 'issued') return true;
      const poll = await peek(submission.id);
      return poll?.state === 'pending' || poll?.result.ok === true;
    },
  };
}
