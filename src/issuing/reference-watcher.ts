import { configMaps, secrets } from '../api/resources.ts';
import type { KubeApiError } from '../kube/api-error.ts';
import { createReflector, type ReflectorDeps } from '../kube/reflector.ts';
import { keyOf, keyText, type KubeObject } from '../kube/resource.ts';
import type { Sink } from '../kube/store.ts';
import type { Reference } from './references.ts';

/** A reference with the version its follower has read; '' where it was not there, undefined where it could not be read. */
export interface SeenReference extends Reference {
  readonly resourceVersion: string | undefined;
}

/** Watches what issuers refer to, and wakes an issuer when one of its objects has another version than it read. */
export interface ReferenceWatcher {
  /** From now on `follower` is woken by these objects and no others. */
  follow(follower: string, references: readonly SeenReference[]): void;
  forget(follower: string): void;
  close(): Promise<void>;
}

/** Objects of one kind and namespace that are watched one by one; beyond it one watch of the namespace serves all. */
const maxSingleWatches = 8;

interface RunningWatch {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** The versions it has seen, by {@link objectKeyOf}; undefined until its first list is complete. */
  readonly versions: () => ReadonlyMap<string, string> | undefined;
}

/**
 * Makes a watcher. Only metadata is watched, so no content of a Secret is held: the reader gets it when it is needed.
 * `wake` gets the follower; `onTrouble` what keeps a watch from working, such as a missing right.
 */
export function createReferenceWatcher(
  deps: Omit<ReflectorDeps, 'onTrouble' | 'onListed' | 'fallback'> & {
    readonly wake: (follower: string) => void;
    readonly onTrouble: (followers: readonly string[], error: KubeApiError) => void;
  },
): ReferenceWatcher {
  const followed = new Map<string, readonly SeenReference[]>();
  const watches = new Map<string, RunningWatch>();

  /** Wakes whoever has read another version; of what could not be read, a change is news and the first sight is not. */
  function compare(objectKey: string, before: string | undefined, now: string): void {
    for (const [follower, references] of followed) {
      const ref = references.find((candidate) => objectKeyOf(candidate) === objectKey);
      if (ref !== undefined && (ref.resourceVersion ?? before ?? now) !== now) deps.wake(follower);
    }
  }

  /**
   * Wakes whom a complete list concerns beyond the objects in it: whoever has read one that is not in it, for it may have
   * gone before anybody watched; and after a refusal whoever could not read one, for it may be readable now.
   */
  function compareList(selection: Selection, versions: ReadonlyMap<string, string>, wasRefused: boolean): void {
    const isNews = (ref: SeenReference): boolean =>
      ref.resourceVersion === undefined ? wasRefused : ref.resourceVersion !== '' && !versions.has(objectKeyOf(ref));
    for (const [follower, references] of followed) {
      if (references.some((ref) => covers(selection, ref) && isNews(ref))) deps.wake(follower);
    }
  }

  function sinkOf(kind: Reference['kind'], versions: Map<string, string>): Sink<KubeObject> {
    return {
      upsert(object) {
        const key = `${kind}/${keyText(keyOf(object))}`;
        const [before, now] = [versions.get(key), object.metadata.resourceVersion ?? ''];
        versions.set(key, now);
        compare(key, before, now);
      },
      remove(name) {
        const key = `${kind}/${name}`;
        const before = versions.get(key);
        versions.delete(key);
        compare(key, before, '');
      },
      keys: () => [...versions.keys()].map((key) => key.slice(kind.length + 1)),
    };
  }

  function start(selection: Selection): RunningWatch {
    const { kind, namespace, name } = selection;
    const fieldSelector = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
    const resource = kind === 'Secret' ? secrets : configMaps;
    const versions = new Map<string, string>();
    let [refused, listed] = [false, false];
    const onTrouble = (error: KubeApiError): void => {
      refused ||= error.code === 'Forbidden';
      deps.onTrouble(concerned(selection), error);
    };
    const onListed = (): void => {
      compareList(selection, versions, refused);
      [refused, listed] = [false, true];
    };
    const watched = { namespace, metadataOnly: true, ...fieldSelector };
    const reflector = createReflector(resource, watched, sinkOf(kind, versions), { ...deps, onTrouble, onListed });
    const stop = new AbortController();
    return { stop, ended: reflector.run(stop.signal), versions: () => (listed ? versions : undefined) };
  }

  function concerned(selection: Selection): string[] {
    return [...followed].filter(([, refs]) => refs.some((ref) => covers(selection, ref))).map(([follower]) => follower);
  }

  function isOutdated(ref: SeenReference): boolean {
    const { kind, namespace, resourceVersion } = ref;
    const watch = watches.get(selectionKey(ref)) ?? watches.get(selectionKey({ kind, namespace }));
    const versions = watch?.versions();
    if (versions === undefined || resourceVersion === undefined) return false;
    return (versions.get(objectKeyOf(ref)) ?? '') !== resourceVersion;
  }

  function adjust(): void {
    const wanted = new Map(
      selectionsFor([...followed.values()].flat()).map((selection) => [selectionKey(selection), selection]),
    );
    for (const [key, watch] of watches) {
      if (wanted.has(key)) continue;
      watch.stop.abort();
      watches.delete(key);
    }
    for (const [key, selection] of wanted) if (!watches.has(key)) watches.set(key, start(selection));
  }

  return {
    follow(follower, references) {
      const before = new Set(followed.get(follower)?.map(objectKeyOf));
      followed.set(follower, references);
      // A watch that runs for others may have seen a newer version, or the end, of what is followed only now. For the rest
      // its word is old news, and could be older than what was read.
      const stale = references.some((ref) => !before.has(objectKeyOf(ref)) && isOutdated(ref));
      adjust();
      if (stale) deps.wake(follower);
    },
    forget(follower) {
      followed.delete(follower);
      adjust();
    },
    async close() {
      followed.clear();
      const ended = [...watches.values()].map((watch) => watch.ended);
      adjust();
      await Promise.all(ended);
    },
  };
}

interface Selection {
  readonly kind: Reference['kind'];
  readonly namespace: string;
  readonly name?: string | undefined;
}

function selectionKey({ kind, namespace, name }: Selection): string {
  return `${kind}/${namespace}/${name ?? ''}`;
}

/** Which watches serve these references: one for each object, or one for a namespace where there are many. */
function selectionsFor(references: readonly Reference[]): readonly Selection[] {
  const places = Map.groupBy(references, ({ kind, namespace }) => `${kind}/${namespace}`);
  return [...places.values()].flatMap((refs) => {
    const names = new Set(refs.map(({ name }) => name));
    const [first] = refs;
    if (first === undefined) return [];
    const { kind, namespace } = first;
    return names.size > maxSingleWatches ? [{ kind, namespace }] : [...names].map((name) => ({ kind, namespace, name }));
  });
}

function covers({ kind, namespace, name }: Selection, ref: Reference): boolean {
  return ref.kind === kind && ref.namespace === namespace && (name ?? ref.name) === ref.name;
}

function objectKeyOf({ kind, namespace, name }: Reference): string {
  return `${kind}/${namespace}/${name}`;
}
