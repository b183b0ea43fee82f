import type { Clock } from './clock.ts';

/**
 * Runs `work` for at most `ms` milliseconds: then its signal is aborted and the call rejects, whether or not the work
 * heeds the signal.
 */
export async function withDeadline<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => {
    const error = new Error(`no answer within ${Math.round(ms)} ms`);
    limit.abort(error);
    throw error;
  });
  try {
    return await Promise.race([work(limit.signal), late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}
