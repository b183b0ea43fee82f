import { shellWord } from '../../lib/shell-word.ts';
import { fine, type Finding, type Severity } from './finding.ts';
import type { Deployment } from './resources.ts';
import { isAvailable, isWanted } from './workloads.ts';

/** What a Deployment runs: the beginning of the codes about it, and what there is without it. */
export interface Workload {
  readonly name: 'Controller' | 'Approver';
  readonly without: string;
  /** How bad it is that it is scaled to 0. */
  readonly scaledDown: Severity;
}

/** Whether a Deployment of ours has a replica that is available. */
export function checkDeployment(
  deployment: Deployment,
  { name: workload, without, scaledDown }: Workload,
  kubectl: string,
): Finding {
  const { name, namespace = '' } = deployment.metadata;
  const where = `Deployment ${namespace}/${name}`;
  const replicas = deployment.spec?.replicas ?? 1;
  const place = `--namespace ${shellWord(namespace)}`;
  if (isAvailable(deployment))
    return fine(`${workload}Deployed`, where, `${deployment.status?.availableReplicas} of ${replicas} available`);
  if (!isWanted(deployment)) {
    const fix = `${kubectl} scale deployment ${shellWord(name)} ${place} --replicas 1`;
    return { severity: scaledDown, code: `${workload}ScaledDown`, where, what: `is scaled to 0: ${without}`, fix };
  }
  const fix = `${kubectl} describe pods ${place}; ${kubectl} logs deployment/${shellWord(name)} ${place}`;
  return { severity: 'error', code: `${workload}Down`, where, what: `none of its ${replicas} replicas is available`, fix };
}
