import { leaderLeaseName } from '../../api/group.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Lease } from '../../kube/lease.ts';
import type { Facts } from './facts.ts';
import { fine, notSeen, type Finding } from './finding.ts';
import type { Commands, DoctorOptions } from './options.ts';
import type { Deployment } from './resources.ts';

/** How often a leader may have missed its Lease's duration before it counts as gone: clocks differ. */
const missedRenewals = 4;

/** Whether a controller is at work, by its Lease and its Deployment. */
export function checkController(
  { lease, deployments, now }: Pick<Facts, 'lease' | 'deployments' | 'now'>,
  { rbac: { namespace }, controllerServiceAccount }: DoctorOptions,
  { kubectl }: Commands,
): readonly Finding[] {
  const where = `Namespace ${namespace}`;
  const ours = deployments.ok ? deployments.value.filter((each) => isController(each, controllerServiceAccount)) : [];
  const found = ours.map((deployment) => judgeDeployment(deployment, kubectl));
  if (!deployments.ok)
    found.push(notSeen(`${where}, Deployments`, 'whether the controller is deployed is not known', deployments.error.message));
  if (lease.ok) return [...found, judgeLease(lease.value, now, namespace, kubectl, ours.some(isAvailable))];
  if (lease.error.code === 'Forbidden') {
    const leaseName = `Lease ${namespace}/${leaderLeaseName}`;
    return [...found, notSeen(leaseName, 'whether a controller leads is not known', lease.error.message)];
  }
  if (ours.length > 0 || !deployments.ok) return found;
  const what =
    'there is neither a Deployment of the controller nor a Lease, so it cannot be seen whether one runs; one that runs outside of the ' +
    'cluster without --leader-elect leaves no such trace';
  const fix = 'run the controller, or say where it is with --controller-namespace';
  return [{ severity: 'warning', code: 'ControllerNotSeen', where, what, fix }];
}

function isController({ metadata, spec }: Deployment, account: string): boolean {
  return (
    metadata.labels?.['app.kubernetes.io/name'] === 'external-issuer' || spec?.template?.spec?.serviceAccountName === account
  );
}

function isAvailable({ status }: Deployment): boolean {
  return (status?.availableReplicas ?? 0) > 0;
}

function judgeDeployment(deployment: Deployment, kubectl: string): Finding {
  const { name, namespace = '' } = deployment.metadata;
  const where = `Deployment ${namespace}/${name}`;
  const replicas = deployment.spec?.replicas ?? 1;
  if (isAvailable(deployment))
    return fine('ControllerDeployed', where, `${deployment.status?.availableReplicas} of ${replicas} available`);
  if (replicas === 0) {
    const fix = `${kubectl} scale deployment ${name} --namespace ${namespace} --replicas 1`;
    return { severity: 'error', code: 'ControllerScaledDown', where, what: 'is scaled to 0: nothing is signed', fix };
  }
  const fix = `${kubectl} describe pods --namespace ${namespace}; ${kubectl} logs deployment/${name} --namespace ${namespace}`;
  return { severity: 'error', code: 'ControllerDown', where, what: `none of its ${replicas} replicas is available`, fix };
}

function judgeLease(lease: Lease, now: number, namespace: string, kubectl: string, deployed: boolean): Finding {
  const where = `Lease ${namespace}/${leaderLeaseName}`;
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 15 } = lease.spec ?? {};
  const age = now - Date.parse(renewTime);
  const since = `${formatDuration(Math.max(0, age))} ago`;
  const logs = `${kubectl} get pods --namespace ${namespace}`;
  // A controller without leader election leaves the Lease of an earlier one as it is.
  const severity = deployed ? 'warning' : 'error';
  if (holderIdentity === '') {
    const what = `no controller leads; the last one gave it back ${since}`;
    return { severity, code: 'NoLeader', where, what, fix: `start the controller, or see why it does not run: ${logs}` };
  }
  if (age > leaseDurationSeconds * 1000 * missedRenewals) {
    const what = `its holder, ${holderIdentity}, renewed it last ${since}: it has ended, or its clock and the one here differ`;
    return { severity, code: 'LeaderGone', where, what, fix: `see why no controller takes it: ${logs}` };
  }
  return fine('LeaderAlive', where, `held by ${holderIdentity}, renewed ${since}`);
}
