import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../../src/lib/clock.ts';

/** A clock whose time passes only by `advance`, which lets everything that was waiting for a moment run at it. */
export interface FakeClock extends Clock {
  advance(ms: number): Promise<void>;
  /** Sleeps that have neither ended nor been aborted. */
  readonly sleeping: number;
}

/** Makes a clock; two that share a `world` pass together, and `skewMs` sets the wall clock of one wrong. */
export function createFakeClock(world: FakeWorld = createFakeWorld(), skewMs = 0): FakeClock {
  return {
    now: () => 1_800_000_000_000 + world.time + skewMs,
    monotonic: () => world.time,
    sleep: (ms, signal) => world.sleep(ms, signal),
    advance: (ms) => world.advance(ms),
    get sleeping() {
      return world.sleepers.size;
    },
  };
}

/** The time that several clocks share. */
export interface FakeWorld {
  time: number;
  readonly sleepers: Set<{ readonly due: number; readonly wake: () => void }>;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  advance(ms: number): Promise<void>;
}

export function createFakeWorld(): FakeWorld {
  const world: FakeWorld = {
    time: 0,
    sleepers: new Set(),
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { due: world.time + ms, wake: resolve };
      const abort = (): void => reject(signal?.reason as Error);
      world.sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
      await promise.finally(() => {
        world.sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      });
    },
    async advance(ms) {
      const until = world.time + ms;
      await settle();
      for (;;) {
        const due = Math.min(...[...world.sleepers].map((sleeper) => sleeper.due));
        if (due > until) break;
        world.time = Math.max(world.time, due);
        for (const sleeper of world.sleepers) if (sleeper.due <= world.time) sleeper.wake();
        await settle();
      }
      world.time = until;
    },
  };
  return world;
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}
