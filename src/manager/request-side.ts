import { group } from '../api/group.ts';
import { createLedger } from '../issuing/ledger.ts';
import { createRequestReconciler } from '../issuing/reconcile-request.ts';
import { certificateRequestKind } from '../issuing/request-kinds/certificate-request.ts';
import { requestKey } from '../issuing/request-view.ts';
import type { SignerPool } from '../issuing/signer-pool.ts';
import { createStatusWriter } from '../issuing/status-writer.ts';
import { issuerOf, wakesRequest } from '../issuing/triggers.ts';
import { runController, type Ending } from '../kube/controller.ts';
import { createReflector } from '../kube/reflector.ts';
import { aborted } from '../lib/aborted.ts';
import { createGate } from '../lib/gate.ts';
import { createStore } from '../kube/store.ts';
import { createWorkQueue, type WorkQueue } from '../kube/workqueue.ts';
import { createKnownCas } from '../x509/known-cas.ts';
import type { IssuerSide } from './issuer-side.ts';
import { createRequestReports } from './request-reports.ts';
import type { TermDeps } from './term-deps.ts';

/** The CertificateRequests that name our issuers: what is known of the unfinished ones, and the controller that signs them. */
export interface RequestSide {
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
/**
 * Newer CRDs of cert-manager serve a field selector on the issuer's group (selectableFields). Where it is not served, every
 * request of the cluster is sent to us, and the others' are left aside here.
 */
const ofOurGroup = { fieldSelector: `spec.issuerRef.group=${group}` };
/** Status writes that are under way at once. More do not come through faster, and take the API server from others. */
const maxStatusWrites = 32;

/** Makes the request side. */
export function createRequestSide(
  deps: TermDeps,
  pool: SignerPool,
  issuers: Pick<IssuerSide, 'find' | 'reconsider' | 'synced'>,
): RequestSide {
  const { client, clock, random, log, metrics } = deps;
  const kind = certificateRequestKind;
  const queue = createWorkQueue({ clock, random, backoff });
  const ledger = createLedger();
  const reports = createRequestReports(kind.resource, deps);

  const store = createStore(kind.view, (key, before, after) => {
    if (before !== undefined && before.uid !== after?.uid) ledger.forget(before.uid);
    if (after === undefined) pool.forgetRequest(key);
    if (wakesRequest(before, after)) queue.add(key);
  });
  const onTrouble = (): void => metrics.watchRestarts.inc({ resource: kind.resource.plural });
  const reflection = { client, clock, random, log, onTrouble, fallback: {} };
  const reflector = createReflector(kind.resource, ofOurGroup, store, reflection);

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
    known: createKnownCas(),
    fence: deps.fence,
    write: async (...write) => await gate(async () => await writeStatus(...write)),
    tell: (request, notice) => reports.tell(request, notice, queue.depth),
    onConcluded: reports.concluded,
    onAttempt: reports.attempt,
  });

  return {
    queue,
    wake: queue.add,
    unfinished: () => store.size,
    wakeFor(issuerKey) {
      for (const request of store.values()) if (issuerOf(request) === issuerKey) queue.add(requestKey(request));
    },
    synced: reflector.synced,
    async run(ending) {
      const reflecting = reflector.run(ending.stop);
      // Before all issuers are known, a request could be told that its issuer does not exist.
      await Promise.race([Promise.all([reflector.synced, issuers.synced]), aborted(ending.stop)]);
      const onError = (): void => metrics.reconcileErrors.inc({ controller: 'request' });
      await runController('request', queue, deps.workers, reconcile, { log, onError }, ending);
      await reflecting;
    },
  };
}
