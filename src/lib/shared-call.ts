import { aborted } from './aborted.ts';

/**
 * Lets one call be made at a time, and gives what comes of it to all who ask meanwhile. Everybody's signal ends his own waiting; where
 * the call itself ends without a value, because whoever made it has gone or by a bug, the next of those who wait makes it anew.
 */
export function createSharedCall<Context extends { readonly signal: AbortSignal }, Value>(
  call: (context: Context) => Promise<Value>,
): (context: Context) => Promise<Value> {
  let running: Promise<{ readonly value: Value } | undefined> | undefined;

  return async (context) => {
    const { signal } = context;
    while (running !== undefined) {
      const shared = await Promise.race([running, aborted(signal)]);
      signal.throwIfAborted();
      if (shared !== undefined) return shared.value;
    }
    const { promise, resolve } = Promise.withResolvers<{ readonly value: Value } | undefined>();
    running = promise;
    let done: { readonly value: Value } | undefined;
    try {
      const made = call(context).then((value) => ({ value }));
      // Also of a call that does not heed its signal: nobody is to wait for it.
      const first = await Promise.race([made, aborted(signal)]);
      signal.throwIfAborted();
      done = first ?? (await made);
      return done.value;
    } finally {
      running = undefined;
      resolve(done);
    }
  };
}
