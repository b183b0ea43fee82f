import { approverServiceAccount } from '../../api/group.ts';
import { requestKindNames, type RequestKindName } from '../../issuing/request-view.ts';
import { listOf } from '../option-values.ts';
import type { Container, Deployment } from './resources.ts';

/** Whether a Deployment runs the built-in approver: by its subcommand, or by the ServiceAccount that it runs as. */
export function isApprover(deployment: Deployment): boolean {
  const { serviceAccountName } = deployment.spec?.template?.spec ?? {};
  return serviceAccountName === approverServiceAccount || wordsOf(deployment).includes('approver');
}

/** Whether a Deployment runs the controller: by its labels, or by the ServiceAccount that it runs as. */
export function isController(deployment: Deployment, account: string): boolean {
  if (isApprover(deployment) || isOtherPart(deployment)) return false;
  const { metadata, spec } = deployment;
  return (
    metadata.labels?.['app.kubernetes.io/name'] === 'external-issuer' || spec?.template?.spec?.serviceAccountName === account
  );
}

/** Whether its labels say that it runs another part of the chart, such as the mock CA server. */
function isOtherPart({ metadata }: Deployment): boolean {
  return (metadata.labels?.['app.kubernetes.io/component'] ?? 'controller') !== 'controller';
}

/** Whether a replica of it is available. */
export function isAvailable({ status }: Deployment): boolean {
  return (status?.availableReplicas ?? 0) > 0;
}

/** Whether it is meant to run. */
export function isWanted({ spec }: Deployment): boolean {
  return (spec?.replicas ?? 1) > 0;
}

/**
 * The kinds of requests that a controller was told to sign, by `--request-kinds` or its variable; both where it says
 * nothing, or nothing that a controller would start with.
 */
export function kindsSignedBy(deployment: Deployment): readonly RequestKindName[] {
  const flag = '--request-kinds';
  const words = wordsOf(deployment);
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  const given = word === flag ? words[at + 1] : word?.slice(flag.length + 1);
  const variables = containersOf(deployment).flatMap(({ env = [] }) => env);
  const value = given ?? variables.find(({ name }) => name === 'EXTERNAL_ISSUER_REQUEST_KINDS')?.value;
  const named = listOf(value ?? '');
  const kinds = requestKindNames.filter((kind) => named.includes(kind));
  return kinds.length === 0 ? requestKindNames : kinds;
}

function containersOf({ spec }: Deployment): readonly Container[] {
  return spec?.template?.spec?.containers ?? [];
}

function wordsOf(deployment: Deployment): readonly string[] {
  return containersOf(deployment).flatMap(({ command = [], args = [] }) => [...command, ...args]);
}
