import { createLedger } from '../issuing/ledger.ts';
import { createRequestReconciler, type RequestReconcilerDeps } from '../issuing/reconcile-request.ts';
import type { RequestKind } from '../issuing/request-kinds/kind.ts';
import { stateOf, tallyStates, type RequestState, type StateTally } from '../issuing/request-states.ts';
import type { RequestView } from '../issuing/request-view.ts';
import type { SignerPool } from '../issuing/signer-pool.ts';
import { createStatusWriter } from '../issuing/status-writer.ts';
import { issuerOf } from '../issuing/triggers.ts';
import type { Ending } from '../kube/controller.ts';
import type { KubeObject } from '../kube/resource.ts';
import { createGate } from '../lib/gate.ts';
import type { KnownCas } from '../x509/known-cas.ts';
import type { IssuerSide } from './issuer-side.ts';
import type { Activity } from '../server/status-page/activity.ts';
import { recordedReports, recordedWriter } from './recorded-steps.ts';
import { createRequestReports } from './request-reports.ts';
import type { TermDeps } from './term-deps.ts';
import { watchRequests, type WatchedRequests } from './watched-requests.ts';

/** The requests of one kind that name our issuers: what is known of the unfinished ones, and the controller that signs them. */
export interface RequestSide extends Pick<WatchedRequests, 'kind' | 'queue' | 'values' | 'synced' | 'wake' | 'wakeFor'> {
  /** The unfinished requests by what they wait for. */
  unfinished(): readonly StateTally[];
  /** What an unfinished request waits for. */
  stateOf(request: RequestView): RequestState;
  run(ending: Ending): Promise<void>;
}

/** Status writes that are under way at once. More do not come through faster, and take the API server from others. */
const maxStatusWrites = 32;

/** What the sides of all kinds share. */
export interface SharedByKinds {
  readonly pool: SignerPool;
  readonly known: KnownCas;
  readonly issuers: Pick<IssuerSide, 'find' | 'reconsider' | 'synced'>;
  readonly activity: Activity;
}

/** What is particular to a kind: how its objects are read and written, which of them are watched, and what guards them. */
export interface RequestSideOptions<T extends KubeObject> extends Pick<RequestReconcilerDeps, 'guard'> {
  readonly kind: RequestKind<T>;
  /** Has the API server leave out others' requests; where it does not know the field, they are left aside here. */
  readonly fieldSelector?: string;
}

/** Makes the side of one kind of request. */
export function createRequestSide<T extends KubeObject>(
  { kind, guard, ...selection }: RequestSideOptions<T>,
  deps: TermDeps,
  { pool, known, issuers, activity }: SharedByKinds,
): RequestSide {
  const { client, clock, random } = deps;
  const ledger = createLedger();
  const reports = recordedReports(createRequestReports(kind.resource, { ...deps, issuerOf: issuers.find }), activity);
  const watching = {
    ...selection,
    kind,
    view: kind.view,
    onDelta: (key: string, before: RequestView | undefined, after: RequestView | undefined) => {
      if (before !== undefined && before.uid !== after?.uid) {
        ledger.forget(before.uid);
        activity.gone(before.uid);
      }
      if (after === undefined) pool.forgetRequest(key);
    },
  };
  const requests = watchRequests(watching, { ...deps, issuersSynced: issuers.synced });

  const gate = createGate(maxStatusWrites);
  const writer = createStatusWriter(kind, { client, fence: deps.fence, now: clock.now, onWrite: reports.write });
  const writeStatus = recordedWriter(async (...write) => await gate(async () => await writer(...write)), activity, clock);
  const reconcile = createRequestReconciler({
    requestOf: requests.get,
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
    write: writeStatus,
    tell: (request, notice) => reports.tell(request, notice, requests.queue.depth),
    onConcluded: reports.concluded,
    onAttempt: reports.attempt,
  });
  const stateNow = (request: RequestView): RequestState => stateOf(request, issuers.find(issuerOf(request) ?? ''));
  const unfinished = (): readonly StateTally[] => tallyStates(requests.values(), stateNow, clock.now());
  return { ...requests, unfinished, stateOf: stateNow, run: async (ending) => await requests.run(reconcile, ending) };
}
