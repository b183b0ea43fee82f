import type { Clock } from './clock.ts';

/** Why a deadline's own timer is cancelled. Given, since an abort without a reason makes an exception with a stack. */
const over = 'the work is over';

/**
 * Runs `work` for at most `ms` milliseconds, or until `signal` is aborted: then its signal is aborted and the call
 * rejects, whether or not the work heeds the signal. Nothing is left on `signal` afterwards.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const limit = new AbortController();
  const done = new AbortController();
  const ended = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    limit.abort(reason);
    ended.reject(reason);
  };
  const abort = (): void => end(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  void clock.sleep(ms, done.signal).then(
    () => end(new Error(`no answer within ${Math.round(ms)} ms`)),
    () => undefined,
  );
  try {
    return await Promise.race([work(limit.signal), ended.promise]);
  } finally {
    done.abort(over);
    signal?.removeEventListener('abort', abort);
  }
}
