import { setTimeout as delay } from 'node:timers/promises';

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
    try {
      for (let rest = ms; rest > 0; rest -= maxTimerMs) {
        await delay(Math.min(rest, maxTimerMs), undefined, signal === undefined ? {} : { signal });
      }
    } finally {
      signal?.throwIfAborted();
    }
  },
};
