import { pino } from 'pino';
import type { KubeClient } from '../../../src/kube/client.ts';
import { createReflector } from '../../../src/kube/reflector.ts';
import { keyOf, keyText, type KubeObject, type ObjectKey, type Resource } from '../../../src/kube/resource.ts';
import { systemClock } from '../../../src/lib/clock.ts';

/** One version of an object and when it was seen, in milliseconds of `performance.now()`. */
export interface Seen<T> {
  readonly object: T;
  readonly at: number;
}

/** Sees every version of all objects of one kind on a single watch: no polling, and nothing in between is missed. */
export interface Observer<T extends KubeObject> {
  /** The newest version of every object ever seen, of those too that are gone. */
  all(): readonly T[];
  /** All versions of the object seen so far, oldest first. */
  history(key: ObjectKey): readonly T[];
  /** The same, with when each was seen. */
  sightings(key: ObjectKey): readonly Seen<T>[];
  /** The newest version where it is accepted, else the first later one that is; rejects after `timeoutMs` with the newest. */
  until(key: ObjectKey, what: string, accepts: (object: T) => boolean, timeoutMs?: number): Promise<Seen<T>>;
  close(): Promise<void>;
}

interface Record<T> {
  readonly versions: Seen<T>[];
  readonly waiters: Set<() => void>;
}

/** Starts to watch; resolves when the objects that are there have been seen. */
export async function observe<T extends KubeObject>(client: KubeClient, resource: Resource<T>): Promise<Observer<T>> {
  const records = new Map<string, Record<T>>();

  function recordOf(key: string): Record<T> {
    const record = records.get(key) ?? { versions: [], waiters: new Set() };
    records.set(key, record);
    return record;
  }

  const sink = {
    upsert(object: T) {
      const { versions, waiters } = recordOf(keyText(keyOf(object)));
      versions.push({ object, at: performance.now() });
      for (const waiter of waiters) waiter();
    },
    remove: () => undefined,
    keys: () => [],
  };
  const stop = new AbortController();
  const deps = { client, clock: systemClock, random: Math.random, log: pino({ level: 'silent' }) };
  const reflector = createReflector(resource, {}, sink, deps);
  const running = reflector.run(stop.signal);
  await reflector.synced;

  return {
    all: () => [...records.values()].flatMap(({ versions }) => versions.at(-1)?.object ?? []),
    history: (key) => recordOf(keyText(key)).versions.map(({ object }) => object),
    sightings: (key) => recordOf(keyText(key)).versions,
    async until(key, what, accepts, timeoutMs = 30_000) {
      const { versions, waiters } = recordOf(keyText(key));
      const found = Promise.withResolvers<Seen<T>>();
      const check = (): void => {
        const newest = versions.at(-1);
        if (newest !== undefined && accepts(newest.object)) found.resolve(newest);
      };
      const timer = setTimeout(() => {
        const newest = JSON.stringify(Reflect.get(versions.at(-1)?.object ?? {}, 'status'))?.slice(0, 4000);
        const object = `${resource.kind} ${keyText(key)}`;
        found.reject(new Error(`not within ${timeoutMs} ms: ${object} ${what}; its status is ${newest ?? 'not there'}`));
      }, timeoutMs);
      waiters.add(check);
      check();
      return await found.promise.finally(() => {
        clearTimeout(timer);
        waiters.delete(check);
      });
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}
