import { approverServiceAccount } from '../../api/group.ts';
import { requestKindNames, type RequestKindName } from '../../issuing/request-view.ts';
import type { Facts, IssuerFacts } from './facts.ts';
import { isLeaderGone } from './leader-state.ts';
import type { Deployment } from './resources.ts';
import { isApprover, isWanted, kindsSignedBy } from './workloads.ts';

/** What is seen of the built-in approver. */
export interface ApproverState {
  /** Its Deployments, also those that are scaled to 0. */
  readonly deployed: readonly Deployment[];
  /** Its ServiceAccount: that of its Deployment, else the one of the shipped manifests. */
  readonly account: string;
  /** A Deployment of it is meant to run, or one that runs elsewhere holds its Lease. */
  readonly runs: boolean;
  /** The kinds of requests that it decides about; none where it does not run. */
  readonly kinds: readonly RequestKindName[];
}

/** Looks for the built-in approver by its Deployment and its Lease. */
export function approverOf({
  deployments,
  approverLease,
  now,
}: Pick<Facts, 'deployments' | 'approverLease' | 'now'>): ApproverState {
  const deployed = deployments.ok ? deployments.value.filter(isApprover) : [];
  const wanted = deployed.filter(isWanted);
  const leads = approverLease.ok && !isLeaderGone({ lease: approverLease, now });
  const kinds = wanted.length > 0 ? wanted.flatMap(kindsSignedBy) : requestKindNames;
  const runs = wanted.length > 0 || leads;
  const account = wanted[0]?.spec?.template?.spec?.serviceAccountName ?? approverServiceAccount;
  return { deployed, account, runs, kinds: runs ? [...new Set(kinds)] : [] };
}

/** Whether an issuer says what it may be asked for, so that the built-in approver decides about its requests. */
export function hasRules({ policy }: IssuerFacts): boolean {
  return policy?.rules !== undefined;
}
