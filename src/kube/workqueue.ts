import { backoffDelay, type BackoffPolicy } from '../lib/backoff.ts';
import { maxTimerMs, type Clock } from '../lib/clock.ts';

/**
 * A queue of keys, after client-go's: a key waits at most once, is worked on by one worker at a time, and one that is
 * added while it is worked on comes again when that ends. Objects are never queued: a worker reads the newest.
 * @see https://pkg.go.dev/k8s.io/client-go/util/workqueue
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds the key after `ms`; where it is waiting already, the earlier time counts. */
  addAfter(key: string, ms: number): void;
  /** Adds the key after a backoff that grows with each call until {@link forget}, and not before `leastMs`. */
  addFailed(key: string, leastMs?: number): void;
  forget(key: string): void;
  /** The next key, which the caller must give back with {@link done}; undefined when the queue has shut down. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** No more keys are given out; what is being worked on may end. */
  shutDown(): void;
  /** Keys that wait to be worked on now; those that wait for their time are not counted. */
  readonly depth: number;
  /** Milliseconds that the oldest waiting key has waited. */
  oldestAgeMs(): number;
}

/** Makes an empty queue. */
export function createWorkQueue(deps: {
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffPolicy;
}): WorkQueue {
  const waiting = new Map<string, number>();
  const working = new Set<string>();
  const again = new Set<string>();
  const delayed = new Map<string, { readonly due: number; readonly timer: NodeJS.Timeout }>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let shut = false;

  function give(): void {
    while (takers.length > 0 && waiting.size > 0) {
      const [key] = waiting.keys();
      if (key === undefined) return;
      waiting.delete(key);
      working.add(key);
      takers.shift()?.(key);
    }
  }

  function add(key: string): void {
    if (shut) return;
    cancelDelay(key);
    if (working.has(key)) again.add(key);
    else if (!waiting.has(key)) {
      waiting.set(key, deps.clock.monotonic());
      give();
    }
  }

  function cancelDelay(key: string): void {
    clearTimeout(delayed.get(key)?.timer);
    delayed.delete(key);
  }

  function addAfter(key: string, ms: number): void {
    if (shut) return;
    if (ms <= 0) {
      add(key);
      return;
    }
    const due = deps.clock.monotonic() + ms;
    const earlier = delayed.get(key);
    if (earlier !== undefined && earlier.due <= due) return;
    cancelDelay(key);
    // Whoever waits for longer than a timer can is only looked at early.
    const timer = setTimeout(() => add(key), Math.min(ms, maxTimerMs));
    delayed.set(key, { due, timer });
  }

  return {
    add,
    addAfter,
    addFailed(key, leastMs = 0) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      addAfter(key, Math.max(leastMs, backoffDelay(deps.backoff, count, deps.random())));
    },
    forget: (key) => {
      failures.delete(key);
    },
    async take() {
      if (shut) return undefined;
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      takers.push(resolve);
      give();
      return await promise;
    },
    done(key) {
      working.delete(key);
      if (again.delete(key)) add(key);
    },
    shutDown() {
      shut = true;
      for (const { timer } of delayed.values()) clearTimeout(timer);
      delayed.clear();
      waiting.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
    get depth() {
      return waiting.size;
    },
    oldestAgeMs() {
      const [since] = waiting.values();
      return since === undefined ? 0 : deps.clock.monotonic() - since;
    },
  };
}
