import { leaderLeaseName } from '../../api/group.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { LeaseSpec } from '../../kube/lease.ts';
import { checkDeployment } from './check-deployment.ts';
import type { Facts } from './facts.ts';
import { fine, notSeen, type Finding } from './finding.ts';
import { isLeaderGone, worksWithoutLease } from './leader-state.ts';
import type { Commands, DoctorOptions } from './options.ts';
import { isAvailable, isController } from './workloads.ts';

/** How a controller is started so that it can be seen. */
const electing = 'with --leader-elect (make run ARGS=--leader-elect)';

const workload = { name: 'Controller', without: 'nothing is signed', scaledDown: 'error' } as const;

/** Whether a controller is at work, by its Lease and its Deployment. */
export function checkController(
  facts: Pick<Facts, 'lease' | 'deployments' | 'now' | 'lastSign'>,
  { rbac: { namespace }, controllerServiceAccount }: DoctorOptions,
  { kubectl }: Commands,
): readonly Finding[] {
  const { lease, deployments, lastSign, now } = facts;
  const where = `Namespace ${namespace}`;
  const ours = deployments.ok ? deployments.value.filter((each) => isController(each, controllerServiceAccount)) : [];
  const found = ours.map((deployment) => checkDeployment(deployment, workload, kubectl));
  if (!deployments.ok)
    found.push(notSeen(`${where}, Deployments`, 'whether the controller is deployed is not known', deployments.error.message));
  if (lease.ok) return [...found, judgeLease(lease.value.spec ?? {}, facts, namespace, kubectl, ours.some(isAvailable))];
  if (lease.error.code === 'Forbidden') {
    const leaseName = `Lease ${namespace}/${leaderLeaseName}`;
    return [...found, notSeen(leaseName, 'whether a controller leads is not known', lease.error.message)];
  }
  if (ours.length > 0 || !deployments.ok) return found;
  const seen =
    lastSign === undefined
      ? ''
      : `. One was at work ${agoWords(lastSign, now)}: the readiness of an issuer or a request changed then`;
  const what =
    'there is neither a Deployment of the controller nor a Lease, so it cannot be seen whether one runs; one that runs outside of the ' +
    `cluster without --leader-elect leaves no such trace${seen}`;
  const fix = `run the controller, or say where it is with --controller-namespace, or start it ${electing} so that its Lease shows it`;
  return [{ severity: 'warning', code: 'ControllerNotSeen', where, what, fix }];
}

function judgeLease(
  { holderIdentity = '', renewTime = '' }: LeaseSpec,
  facts: Pick<Facts, 'lease' | 'now' | 'lastSign'>,
  namespace: string,
  kubectl: string,
  deployed: boolean,
): Finding {
  const where = `Lease ${namespace}/${leaderLeaseName}`;
  const { now, lastSign = Number.NaN } = facts;
  const renewed = agoWords(Date.parse(renewTime), now);
  if (!isLeaderGone(facts)) return fine('LeaderAlive', where, `held by ${holderIdentity}, renewed ${renewed}`);
  const gone =
    holderIdentity === ''
      ? `no controller leads; the last one gave it back ${renewed}`
      : `its holder, ${holderIdentity}, renewed it last ${renewed}: it has ended, or its clock and the one here differ`;
  const code = holderIdentity === '' ? 'NoLeader' : 'LeaderGone';
  if (worksWithoutLease(facts)) {
    const what =
      `${gone}. But the readiness of an issuer or a request changed after that, ${agoWords(lastSign, now)}: a controller seems to run ` +
      'without --leader-elect';
    const fix = `start it ${electing}: its Lease then shows it, and keeps a second one from signing everything twice`;
    return { severity: 'warning', code, where, what, fix };
  }
  const fix =
    `start the controller. One that runs in the cluster: ${kubectl} get pods --namespace ${namespace} shows why it does not. ` +
    'One that is started by hand (make run): its terminal does';
  // A controller without leader election leaves the Lease of an earlier one as it is.
  return { severity: deployed ? 'warning' : 'error', code, where, what: gone, fix };
}

/** How long before `now` something was, in words. */
export function agoWords(time: number, now: number): string {
  return Number.isNaN(time) ? 'at an unknown time' : `${formatDuration(Math.max(0, now - time))} ago`;
}
