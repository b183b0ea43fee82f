import type { Logger } from 'pino';
import type { RequestKind } from '../issuing/request-kinds/kind.ts';
import { requestKey, type RequestView } from '../issuing/request-view.ts';
import { issuerOf, wakesRequest } from '../issuing/triggers.ts';
import type { KubeClient } from '../kube/client.ts';
import { runController, type Ending, type Reconcile } from '../kube/controller.ts';
import { createReflector } from '../kube/reflector.ts';
import type { KubeObject } from '../kube/resource.ts';
import { createStore, type DeltaListener } from '../kube/store.ts';
import { createWorkQueue, type WorkQueue } from '../kube/workqueue.ts';
import { aborted } from '../lib/aborted.ts';
import type { Clock } from '../lib/clock.ts';
import type { ProcessMetrics } from '../server/process-metrics.ts';

/** The requests of one kind that are of interest here, and the queue of those that must be looked at. */
export interface WatchedRequests {
  readonly kind: string;
  readonly queue: WorkQueue;
  get(key: string): RequestView | undefined;
  values(): Iterable<RequestView>;
  /** Looks again at the request of that key ({@link requestKey}), where it is of this kind and of interest. */
  wake(key: string): void;
  /** Looks again at every one of an issuer. */
  wakeFor(issuerKey: string): void;
  /** Settles when every request of the cluster has been seen. */
  readonly synced: Promise<void>;
  /** Watches, and reconciles once these and the issuers are all known. */
  run(reconcile: Reconcile, ending: Ending): Promise<void>;
}

/** What is watched. */
export interface WatchedRequestsOptions<T extends KubeObject> {
  readonly kind: RequestKind<T>;
  /** Has the API server leave out others' requests; where it does not know the field, they are left aside here. */
  readonly fieldSelector?: string;
  /** What is held of an object; undefined for one that is of no interest. */
  readonly view: (object: T) => RequestView | undefined;
  /** Is told of each change before it wakes anybody. */
  readonly onDelta?: DeltaListener<RequestView>;
}

/** What watching needs from outside. */
export interface WatchedRequestsDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Pick<ProcessMetrics, 'reconcileErrors' | 'watchRestarts'>;
  readonly workers: number;
  /** Settles when all issuers are known: before, a request could be told that its issuer does not exist. */
  readonly issuersSynced: Promise<unknown>;
}

const backoff = { baseMs: 500, maxMs: 300_000 };

/** Makes the store and the queue of one kind of request; nothing is watched before `run`. */
export function watchRequests<T extends KubeObject>(
  { kind: { resource }, fieldSelector, view, onDelta }: WatchedRequestsOptions<T>,
  { client, clock, random, log, metrics, workers, issuersSynced }: WatchedRequestsDeps,
): WatchedRequests {
  const queue = createWorkQueue({ clock, random, backoff });
  const store = createStore(view, (key, before, after) => {
    onDelta?.(key, before, after);
    if (wakesRequest(before, after)) queue.add(key);
  });
  const onTrouble = (): void => metrics.watchRestarts.inc({ resource: resource.plural });
  const reflection = { client, clock, random, log, onTrouble, ...(fieldSelector === undefined ? {} : { fallback: {} }) };
  const reflector = createReflector(resource, fieldSelector === undefined ? {} : { fieldSelector }, store, reflection);
  return {
    kind: resource.kind,
    queue,
    get: store.get,
    values: store.values,
    wake(key) {
      if (store.get(key) !== undefined) queue.add(key);
    },
    wakeFor(issuerKey) {
      for (const request of store.values()) if (issuerOf(request) === issuerKey) queue.add(requestKey(request));
    },
    synced: reflector.synced,
    async run(reconcile, ending) {
      const reflecting = reflector.run(ending.stop);
      await Promise.race([Promise.all([reflector.synced, issuersSynced]), aborted(ending.stop)]);
      const onError = (): void => metrics.reconcileErrors.inc({ controller: resource.kind });
      await runController(resource.kind, queue, workers, reconcile, { log, onError }, ending);
      await reflecting;
    },
  };
}
