import { createApprovalReconciler, type ApprovalDeps } from '../issuing/approval/reconcile-approval.ts';
import { createApprovalWriter } from '../issuing/approval/approval-writer.ts';
import type { IssuerRules } from '../issuing/approval/issuer-rules.ts';
import type { RequestKind } from '../issuing/request-kinds/kind.ts';
import { requestKey, type RequestView } from '../issuing/request-view.ts';
import { issuerOf, wakesRequest } from '../issuing/triggers.ts';
import { runController, type Ending } from '../kube/controller.ts';
import { createReflector } from '../kube/reflector.ts';
import type { KubeObject } from '../kube/resource.ts';
import { createStore } from '../kube/store.ts';
import { createWorkQueue, type WorkQueue } from '../kube/workqueue.ts';
import { aborted } from '../lib/aborted.ts';
import { createApprovalReports } from './approval-reports.ts';
import type { ApproverTermDeps } from './approver-term.ts';
import type { IssuerStores } from './issuer-stores.ts';

/** The undecided requests of one kind that name our issuers, and the controller that decides about them. */
export interface ApprovalSide {
  readonly kind: string;
  /** Looks again at every undecided request of an issuer. */
  wakeFor(issuerKey: string): void;
  readonly queue: WorkQueue;
  undecided(): number;
  /** Settles when every request of the cluster has been seen. */
  readonly synced: Promise<void>;
  run(ending: Ending): Promise<void>;
}

/** What is particular to a kind. */
export interface ApprovalSideOptions<T extends KubeObject> extends Pick<ApprovalDeps, 'guard'> {
  readonly kind: RequestKind<T>;
  /** Where the API has the conditions of approvers. */
  readonly subresource: 'status' | 'approval';
  /** Has the API server leave out others' requests; where it does not know the field, they are left aside here. */
  readonly fieldSelector?: string;
}

const backoff = { baseMs: 500, maxMs: 300_000 };

/** Makes the side of one kind of request. */
export function createApprovalSide<T extends KubeObject>(
  { kind, subresource, fieldSelector, guard }: ApprovalSideOptions<T>,
  deps: ApproverTermDeps,
  issuers: IssuerStores<IssuerRules>,
): ApprovalSide {
  const { client, clock, random, log, metrics } = deps;
  const { resource } = kind;
  const queue = createWorkQueue({ clock, random, backoff });
  const store = createStore(
    (object: T) => undecided(kind.view(object)),
    (key, before, after) => {
      if (wakesRequest(before, after)) queue.add(key);
    },
  );
  const onTrouble = (): void => metrics.watchRestarts.inc({ resource: resource.plural });
  const reflection = { client, clock, random, log, onTrouble, ...(fieldSelector === undefined ? {} : { fallback: {} }) };
  const reflector = createReflector(resource, fieldSelector === undefined ? {} : { fieldSelector }, store, reflection);
  const reconcile = createApprovalReconciler({
    requestOf: store.get,
    issuerOf: issuers.find,
    ...(guard === undefined ? {} : { guard }),
    write: createApprovalWriter(resource, subresource, { client, fence: deps.fence, now: clock.now }),
    clock,
    ...createApprovalReports(resource, deps),
  });

  return {
    kind: resource.kind,
    queue,
    undecided: () => store.size,
    wakeFor(issuerKey) {
      for (const request of store.values()) if (issuerOf(request) === issuerKey) queue.add(requestKey(request));
    },
    synced: reflector.synced,
    async run(ending) {
      const reflecting = reflector.run(ending.stop);
      await Promise.race([Promise.all([reflector.synced, issuers.synced]), aborted(ending.stop)]);
      const onError = (): void => metrics.reconcileErrors.inc({ controller: resource.kind });
      await runController(resource.kind, queue, deps.workers, reconcile, { log, onError }, ending);
      await reflecting;
    },
  };
}

function undecided(request: RequestView | undefined): RequestView | undefined {
  return request?.approval === 'undecided' ? request : undefined;
}
