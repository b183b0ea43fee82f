import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { boundedCache } from './bounded-cache.ts';
import type { ApiError } from './reply.ts';

/** What was done for a key, and whether it was done for an earlier request. */
export interface Once<T> {
  readonly value: T;
  readonly replayed: boolean;
}

/** Does the work of a key once; see draft-ietf-httpapi-idempotency-key-header. */
export interface IdempotentWork<T> {
  /**
   * The same key with the same body gets what the first request got, also while that is under way; another body is refused.
   * A failure is not remembered, and what is not good any more is done again.
   */
  run(key: string | undefined, body: Uint8Array, work: () => Promise<Result<T, ApiError>>): Promise<Result<Once<T>, ApiError>>;
}

/** How long a key, and what was taken in for it, is known, in milliseconds. */
export const rememberedMs = 24 * 3_600_000;

/** Remembers the keys of the last 24 hours, at most 10,000; `isGood` says whether what was got for a key still stands. */
export function idempotentWork<T>(clock: Clock, isGood: (value: T) => Promise<boolean>): IdempotentWork<T> {
  interface Entry {
    readonly fingerprint: string;
    readonly outcome: Promise<Result<T, ApiError>>;
  }
  const entries = boundedCache<Entry>({ capacity: 10_000, ttlMs: rememberedMs }, clock);
  return {
    async run(key, body, work) {
      if (key === undefined) return once(await work(), false);
      if (!/^[\x21-\x7e]{1,255}$/.test(key)) return err(invalidKey);
      const fingerprint = createHash('sha256').update(body).digest('hex');
      for (let known = entries.get(key); known !== undefined; known = entries.get(key)) {
        if (known.fingerprint !== fingerprint) return err(reusedKey);
        const result = await known.outcome;
        if (!result.ok || (await isGood(result.value))) return once(result, true);
        // Of several that found it so, the first does the work again and the others find that.
        if (entries.get(key) === known) entries.delete(key);
      }
      const outcome = work();
      entries.set(key, { fingerprint, outcome });
      try {
        const result = await outcome;
        if (!result.ok) entries.delete(key);
        return once(result, false);
      } catch (error) {
        entries.delete(key);
        throw error;
      }
    },
  };
}

function once<T>(result: Result<T, ApiError>, replayed: boolean): Result<Once<T>, ApiError> {
  return result.ok ? ok({ value: result.value, replayed }) : result;
}

const invalidKey: ApiError = {
  status: 400,
  code: 'IDEMPOTENCY_KEY_INVALID',
  error: 'the Idempotency-Key header cannot be used',
  details: 'it must have 1 to 255 visible ASCII characters and no spaces',
};

const reusedKey: ApiError = {
  status: 422,
  code: 'IDEMPOTENCY_KEY_REUSED',
  error: 'this Idempotency-Key was used for another body',
  details: 'send the body of the first request to get its certificate again, or a new key to get another certificate',
};
