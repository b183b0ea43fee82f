import { approverLeaseName } from '../../api/group.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { approverOf } from './approver-state.ts';
import { agoWords } from './check-controller.ts';
import { checkDeployment } from './check-deployment.ts';
import type { Facts } from './facts.ts';
import { fine, notSeen, type Finding } from './finding.ts';
import { isLeaderGone } from './leader-state.ts';
import type { Commands, DoctorOptions } from './options.ts';
import { checkRights } from './rights.ts';
import { isAvailable } from './workloads.ts';

// Another approver may be meant to take over: whether one does is looked at by itself.
const workload = {
  name: 'Approver',
  without: 'nothing is approved or denied by the rules of the issuers',
  scaledDown: 'warning',
} as const;

/** Whether the built-in approver is at work and may do what it does; nothing is said where none is installed. */
export function checkApprover(
  facts: Pick<Facts, 'deployments' | 'approverLease' | 'access' | 'now'>,
  { rbac: { namespace } }: DoctorOptions,
  { kubectl, applyRbac }: Commands,
): readonly Finding[] {
  const { access } = facts;
  const { deployed, account, runs } = approverOf(facts);
  const found = deployed.map((deployment) => checkDeployment(deployment, workload, kubectl));
  if (!runs) return found;
  const lease = checkLease(facts, `Lease ${namespace}/${approverLeaseName}`, deployed.some(isAvailable), kubectl);
  // That rights may not be asked for is said of the controller.
  if (!access.ok) return [...found, ...lease];
  const rights = checkRights(access.value, {
    where: `ServiceAccount ${namespace}/${account}`,
    purposes: ['approver', 'approver-election'],
    election: 'approver-election',
    fine: ['ApproverRights', 'has the rights of the built-in approver'],
    fix: applyRbac,
    follows: () => undefined,
  });
  return [...found, ...lease, ...rights];
}

function checkLease(
  { approverLease, now }: Pick<Facts, 'approverLease' | 'now'>,
  where: string,
  isDeployed: boolean,
  kubectl: string,
): readonly Finding[] {
  if (!approverLease.ok) {
    // Without leader election there is none.
    if (approverLease.error.code === 'NotFound') return [];
    return [notSeen(where, 'whether an approver leads is not known', approverLease.error.message)];
  }
  const { holderIdentity = '', renewTime = '' } = approverLease.value.spec ?? {};
  const { namespace = '' } = approverLease.value.metadata;
  const renewed = agoWords(Date.parse(renewTime), now);
  if (!isLeaderGone({ lease: approverLease, now }))
    return [fine('ApproverAlive', where, `held by ${holderIdentity}, renewed ${renewed}`)];
  const what =
    holderIdentity === ''
      ? `no approver leads; the last one gave it back ${renewed}`
      : `its holder, ${holderIdentity}, renewed it last ${renewed}: it has ended, or its clock and the one here differ`;
  const place = namespace === '' ? '' : ` --namespace ${shellWord(namespace)}`;
  // One without leader election leaves the Lease of an earlier one as it is.
  const severity = isDeployed ? 'warning' : 'error';
  return [
    {
      severity,
      code: 'ApproverGone',
      where,
      what,
      fix: `start the approver; ${kubectl} get pods${place} shows why it does not run`,
    },
  ];
}
