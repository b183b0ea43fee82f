import { createLedger } from '../issuing/ledger.ts';
import { createRequestReconciler, type RequestReconcilerDeps } from '../issuing/reconcile-request.ts';
import type { RequestKind } from '../issuing/request-kinds/kind.ts';
import { requestKey } from '../issuing/request-view.ts';
import type { SignerPool } from '../issuing/signer-pool.ts';
import { createStatusWriter } from '../issuing/status-writer.ts';
import { issuerOf, wakesRequest } from '../issuing/triggers.ts';
import { runController, type Ending } from '../kube/controller.ts';
import { createReflector } from '../kube/reflector.ts';
import type { KubeObject } from '../kube/resource.ts';
import { aborted } from '../lib/aborted.ts';
import { createGate } from '../lib/gate.ts';
import { createStore } from '../kube/store.ts';
import { createWorkQueue, type WorkQueue } from '../kube/workqueue.ts';
import type { KnownCas } from '../x509/known-cas.ts';
import type { IssuerSide } from './issuer-side.ts';
import { createRequestReports } from './request-reports.ts';
import type { TermDeps } from './term-deps.ts';

/** The requests of one kind that name our issuers: what is known of the unfinished ones, and the controller that signs them. */
export interface RequestSide {
  readonly kind: string;
  /** Looks again at the request of that key ({@link requestKey}), where it is of this kind and not finished. */
  wake(requestKey: string): void;
  /** Looks again at every unfinished request of an issuer. */
  wakeFor(issuerKey: string): void;
  readonly queue: WorkQueue;
  unfinished(): number;
  /** Settles when every request of the cluster has been seen. */
  readonly synced: Promise<void>;
  run(ending: Ending): Promise<void>;
}

const backoff = { baseMs: 500, maxMs: 300_000 };
/** Status writes that are under way at once. More do not come through faster, and take the API server from others. */
const maxStatusWrites = 32;

/** What the sides of all kinds share. */
export interface SharedByKinds {
  readonly pool: SignerPool;
  readonly known: KnownCas;
  readonly issuers: Pick<IssuerSide, 'find' | 'reconsider' | 'synced'>;
}

/** What is particular to a kind: how its objects are read and written, which of them are watched, and what guards them. */
export interface RequestSideOptions<T extends KubeObject> extends Pick<RequestReconcilerDeps, 'guard'> {
  readonly kind: RequestKind<T>;
  /** Has the API server leave out others' requests; where it does not know the field, they are left aside here. */
  readonly fieldSelector?: string;
}

/** Makes the side of one kind of request. */
export function createRequestSide<T extends KubeObject>(
  { kind, fieldSelector, guard }: RequestSideOptions<T>,
  deps: TermDeps,
  { pool, known, issuers }: SharedByKinds,
): RequestSide {
  const { client, clock, random, log, metrics } = deps;
  const queue = createWorkQueue({ clock, random, backoff });
  const ledger = createLedger();
  const reports = createRequestReports(kind.resource, deps);

  const store = createStore(kind.view, (key, before, after) => {
    if (before !== undefined && before.uid !== after?.uid) ledger.forget(before.uid);
    if (after === undefined) pool.forgetRequest(key);
    if (wakesRequest(before, after)) queue.add(key);
  });
  const onTrouble = (): void => metrics.watchRestarts.inc({ resource: kind.resource.plural });
  const reflection = { client, clock, random, log, onTrouble, ...(fieldSelector === undefined ? {} : { fallback: {} }) };
  const reflector = createReflector(kind.resource, fieldSelector === undefined ? {} : { fieldSelector }, store, reflection);

  const gate = createGate(maxStatusWrites);
  const writeStatus = createStatusWriter(kind, { client, fence: deps.fence, now: clock.now, onWrite: reports.write });
  const reconcile = createRequestReconciler({
    requestOf: store.get,
    issuerOf: issuers.find,
    onIssuerBroken: issuers.reconsider,
    pool,
    ledger,
    clock,
    random,
    known,
    showsWaiting: kind.showsWaiting,
    ...(guard === undefined ? {} : { guard }),
    fence: deps.fence,
    write: async (...write) => await gate(async () => await writeStatus(...write)),
    tell: (request, notice) => reports.tell(request, notice, queue.depth),
    onConcluded: reports.concluded,
    onAttempt: reports.attempt,
  });

  return {
    kind: kind.resource.kind,
    queue,
    wake(key) {
      if (store.get(key) !== undefined) queue.add(key);
    },
    unfinished: () => store.size,
    wakeFor(issuerKey) {
      for (const request of store.values()) if (issuerOf(request) === issuerKey) queue.add(requestKey(request));
    },
    synced: reflector.synced,
    async run(ending) {
      const reflecting = reflector.run(ending.stop);
      // Before all issuers are known, a request could be told that its issuer does not exist.
      await Promise.race([Promise.all([reflector.synced, issuers.synced]), aborted(ending.stop)]);
      const onError = (): void => metrics.reconcileErrors.inc({ controller: kind.resource.kind });
      await runController(kind.resource.kind, queue, deps.workers, reconcile, { log, onError }, ending);
      await reflecting;
    },
  };
}
