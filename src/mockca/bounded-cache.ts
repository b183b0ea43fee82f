import type { Clock } from '../lib/clock.ts';

/** A cache that forgets: what is older than `ttlMs`, and beyond `capacity` what was not used for the longest time. */
export interface BoundedCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

/** An empty cache; ages run by the monotonic clock from the last `set`, use does not prolong them. */
export function boundedCache<V>(limits: { readonly capacity: number; readonly ttlMs: number }, clock: Clock): BoundedCache<V> {
  const entries = new Map<string, { readonly value: V; readonly until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (clock.monotonic() >= entry.until) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, { value, until: clock.monotonic() + limits.ttlMs });
      if (entries.size <= limits.capacity) return;
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    },
    delete(key) {
      entries.delete(key);
    },
  };
}
