/** Time as a dependency, so that tests decide what time it is and nothing waits for real. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For timestamps people read. */
  now(): number;
  /** Milliseconds from an arbitrary start that only grow. For durations and deadlines. */
  monotonic(): number;
  /** Waits `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Milliseconds that Node's timers can hold (31 bits); what is longer would end at once. */
export const maxTimerMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    for (let rest = ms; rest > 0; rest -= maxTimerMs) await wait(Math.min(rest, maxTimerMs), signal);
    signal?.throwIfAborted();
  },
};

/** Not by node:timers/promises: each sleep that it ends early makes an error and an event. */
async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
