import { keyOf, keyText, type KubeObject } from './resource.ts';

/** Where a reflector puts what it sees. */
export interface Sink<T> {
  upsert(object: T): void;
  remove(key: string): void;
  /** The keys held now: what a new list does not name any more was deleted while nobody watched. */
  keys(): Iterable<string>;
}

/** What is known of the objects of one kind, by key ({@link keyText}). */
export interface Store<V> {
  get(key: string): V | undefined;
  values(): Iterable<V>;
  readonly size: number;
}

/** One change of a store; `before` is absent for what is new, `after` for what is gone. */
export type DeltaListener<V> = (key: string, before: V | undefined, after: V | undefined) => void;

/**
 * A store of projections. `project` takes from an object what somebody here needs and leaves out the rest; objects
 * for which it returns undefined are not held, so memory follows what is of interest and not what exists.
 * An object that was deleted and made again under its name is reported as gone and then as new.
 */
export function createStore<T extends KubeObject, V extends { readonly uid: string }>(
  project: (object: T) => V | undefined,
  onDelta: DeltaListener<V>,
): Store<V> & Sink<T> {
  const held = new Map<string, V>();

  function replace(key: string, after: V | undefined): void {
    const before = held.get(key);
    if (before !== undefined && after !== undefined && before.uid !== after.uid) {
      held.delete(key);
      onDelta(key, before, undefined);
      replace(key, after);
      return;
    }
    if (after === undefined) held.delete(key);
    else held.set(key, after);
    if (before !== undefined || after !== undefined) onDelta(key, before, after);
  }

  return {
    get: (key) => held.get(key),
    values: () => held.values(),
    keys: () => held.keys(),
    get size() {
      return held.size;
    },
    upsert: (object) => replace(keyText(keyOf(object)), project(object)),
    remove: (key) => replace(key, undefined),
  };
}
