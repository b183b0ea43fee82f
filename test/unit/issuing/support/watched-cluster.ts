import { pino } from 'pino';
import {
  createReferenceWatcher,
  type ReferenceWatcher,
  type SeenReference,
} from '../../../../src/issuing/reference-watcher.ts';
import type { KubeClient, Selection, WatchEvent } from '../../../../src/kube/client.ts';
import type { KubeObject } from '../../../../src/kube/resource.ts';
import { createFakeClock, type FakeClock } from '../../kube/support/fake-clock.ts';
import { apiError } from './scripted-client.ts';

/** Secrets and ConfigMaps, of which only names and versions are known, and a watcher of them. */
export interface WatchedCluster {
  readonly watcher: ReferenceWatcher;
  readonly clock: FakeClock;
  /** Makes or changes `Secret namespace/name`; running watches are told. */
  put(at: string, resourceVersion: string): void;
  remove(at: string): void;
  /** Running watches, as `Secret namespace` or `Secret namespace metadata.name=name`. */
  watches(): readonly string[];
  /** Lists and watches are refused from now on, or no more. */
  forbidden: boolean;
  /** The followers woken since it was asked last. */
  wokenNow(): readonly string[];
  /** The followers that were told of trouble. */
  readonly troubled: string[];
}

interface Running {
  readonly what: string;
  push(event: WatchEvent<KubeObject>): void;
}

/** Makes an empty cluster. */
export function createWatchedCluster(): WatchedCluster {
  const objects = new Map<string, string>();
  const running = new Set<Running>();
  const woken: string[] = [];
  const clock = createFakeClock();

  const client: Pick<KubeClient, 'list' | 'watch'> = {
    async list(resource, selection) {
      if (cluster.forbidden) throw apiError('Forbidden');
      const what = describe(resource.kind, selection);
      const items = [...objects].filter(([at]) => covers(what, at)).map(([at, version]) => objectAt(at, version));
      return { metadata: { resourceVersion: '1' }, items: items as never };
    },
    async *watch(resource, selection) {
      if (cluster.forbidden) throw apiError('Forbidden');
      const events: WatchEvent<KubeObject>[] = [];
      let next = Promise.withResolvers<void>();
      const push = (event: WatchEvent<KubeObject>): void => {
        events.push(event);
        next.resolve();
      };
      const watch = { what: describe(resource.kind, selection), push };
      running.add(watch);
      selection.signal?.addEventListener('abort', () => next.reject(selection.signal?.reason as Error), { once: true });
      try {
        for (;;) {
          await next.promise;
          next = Promise.withResolvers<void>();
          yield* events.splice(0) as never[];
        }
      } finally {
        running.delete(watch);
      }
    },
  };

  function tell(type: WatchEvent<KubeObject>['type'], at: string, version: string): void {
    for (const { what, push } of running) if (covers(what, at)) push({ type, object: objectAt(at, version) });
  }

  const cluster: WatchedCluster = {
    clock,
    forbidden: false,
    troubled: [],
    watcher: createReferenceWatcher({
      client,
      clock,
      random: () => 0,
      log: pino({ enabled: false }),
      wake: (follower) => woken.push(follower),
      onTrouble: (followers) => cluster.troubled.push(...followers),
    }),
    put(at, resourceVersion) {
      objects.set(at, resourceVersion);
      tell('MODIFIED', at, resourceVersion);
    },
    remove(at) {
      tell('DELETED', at, objects.get(at) ?? '');
      objects.delete(at);
    },
    watches: () => [...running].map(({ what }) => what).toSorted(),
    wokenNow: () => woken.splice(0),
  };
  return cluster;
}

function describe(kind: string, { namespace = '', fieldSelector, metadataOnly }: Selection): string {
  if (metadataOnly !== true) throw new Error('the content of what is referred to is not to be watched');
  return fieldSelector === undefined ? `${kind} ${namespace}` : `${kind} ${namespace} ${fieldSelector}`;
}

function covers(what: string, at: string): boolean {
  const [kind = '', place = ''] = at.split(' ');
  const [namespace = '', name = ''] = place.split('/');
  return what === `${kind} ${namespace}` || what === `${kind} ${namespace} metadata.name=${name}`;
}

function objectAt(at: string, resourceVersion: string): KubeObject {
  const [namespace = '', name = ''] = (at.split(' ')[1] ?? '').split('/');
  return { metadata: { namespace, name, resourceVersion } };
}

/** A reference to `Secret namespace/name`, read at that version. */
export function seen(at: string, resourceVersion: string | undefined): SeenReference {
  const { namespace = '', name } = objectAt(at, '').metadata;
  const kind = at.startsWith('Secret ') ? 'Secret' : 'ConfigMap';
  return { kind, namespace, name, field: 'spec.authSecretRef', resourceVersion };
}
