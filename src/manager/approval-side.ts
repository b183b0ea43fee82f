import { createApprovalReconciler, type ApprovalDeps } from '../issuing/approval/reconcile-approval.ts';
import { createApprovalWriter } from '../issuing/approval/approval-writer.ts';
import type { IssuerRules } from '../issuing/approval/issuer-rules.ts';
import type { RequestKind } from '../issuing/request-kinds/kind.ts';
import { tallyStates, type StateTally } from '../issuing/request-states.ts';
import type { RequestView } from '../issuing/request-view.ts';
import type { Ending } from '../kube/controller.ts';
import type { KubeObject } from '../kube/resource.ts';
import { createApprovalReports } from './approval-reports.ts';
import type { ApproverTermDeps } from './approver-term.ts';
import type { IssuerStores } from './issuer-stores.ts';
import { watchRequests, type WatchedRequests } from './watched-requests.ts';

/** The undecided requests of one kind that name our issuers, and the controller that decides about them. */
export interface ApprovalSide extends Pick<WatchedRequests, 'kind' | 'queue' | 'synced' | 'wakeFor'> {
  /** How many there are, and how old the oldest is. */
  undecided(): readonly StateTally[];
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

/** Makes the side of one kind of request. */
export function createApprovalSide<T extends KubeObject>(
  { kind, subresource, guard, ...selection }: ApprovalSideOptions<T>,
  deps: ApproverTermDeps,
  issuers: IssuerStores<IssuerRules>,
): ApprovalSide {
  const { client, clock } = deps;
  const watching = { ...selection, kind, view: (object: T) => undecided(kind.view(object)) };
  const requests = watchRequests(watching, { ...deps, issuersSynced: issuers.synced });
  const reconcile = createApprovalReconciler({
    requestOf: requests.get,
    issuerOf: issuers.find,
    ...(guard === undefined ? {} : { guard }),
    write: createApprovalWriter(kind.resource, subresource, { client, fence: deps.fence, now: clock.now }),
    clock,
    ...createApprovalReports(kind.resource, deps),
  });
  const state = 'waiting-for-approval';
  const tally = (): readonly StateTally[] => tallyStates(requests.values(), () => state, clock.now(), [state]);
  return { ...requests, undecided: tally, run: async (ending) => await requests.run(reconcile, ending) };
}

function undecided(request: RequestView | undefined): RequestView | undefined {
  return request?.approval === 'undecided' ? request : undefined;
}
