import { issuerWords } from '../../issuing/request-view.ts';
import { shellWord } from '../../lib/shell-word.ts';
import type { Facts, IssuerFacts } from './facts.ts';
import { notSeen, type Finding } from './finding.ts';
import type { Commands, DoctorOptions } from './options.ts';
import { isController } from './workloads.ts';

/** What AKS goes by; https://learn.microsoft.com/azure/aks/workload-identity-overview#service-account-labels-and-annotations */
const label = 'azure.workload.identity/use';
const annotation = 'azure.workload.identity/client-id';

/** Whether the controller has the workload identity that issuers of Azure Key Vault use; nothing is said where none does. */
export function checkIdentity(
  { issuers, deployments, controllerAccount }: Pick<Facts, 'issuers' | 'deployments' | 'controllerAccount'>,
  { controllerServiceAccount: account, rbac: { namespace } }: DoctorOptions,
  { kubectl }: Commands,
): readonly Finding[] {
  const users = issuers.flatMap(({ found }) => (found.ok ? found.value : [])).filter((issuer) => issuer.workloadIdentity);
  const deployed = deployments.ok ? deployments.value.filter((each) => isController(each, account)) : [];
  // One that runs outside of the cluster has its identity from its environment, which is not seen here.
  if (users.length === 0 || deployed.length === 0) return [];
  const place = `--namespace ${shellWord(namespace)}`;
  const unlabelled = deployed.filter(({ spec }) => spec?.template?.metadata?.labels?.[label] !== 'true');
  const found = unlabelled.map(({ metadata: { name } }): Finding => {
    const patch = JSON.stringify({ spec: { template: { metadata: { labels: { [label]: 'true' } } } } });
    return {
      severity: 'warning',
      code: 'WorkloadIdentityOff',
      where: `Deployment ${namespace}/${name}`,
      what: `its pods have not the label ${label}: "true", so AKS gives them no token, with which ${namesOf(users)} would log in`,
      fix: `${kubectl} patch deployment ${shellWord(name)} ${place} --patch ${shellWord(patch)}`,
    };
  });
  const unnamed = users.filter(({ workloadIdentity }) => workloadIdentity?.hasClientId === false);
  const where = `ServiceAccount ${namespace}/${account}`;
  if (unnamed.length === 0) return found;
  if (!controllerAccount.ok) {
    if (controllerAccount.error.code === 'NotFound') return found;
    return [...found, notSeen(where, 'whether it has an identity in Azure is not known', controllerAccount.error.message)];
  }
  if ((controllerAccount.value.metadata.annotations?.[annotation] ?? '') !== '') return found;
  const what = `has not the annotation ${annotation}, and ${namesOf(unnamed)} set no keyVault.auth.clientId: which identity is meant is not known`;
  const restart = deployed.map(({ metadata }) => `${kubectl} rollout restart deployment ${shellWord(metadata.name)} ${place}`);
  const annotate = `${kubectl} annotate serviceaccount ${shellWord(account)} ${place} ${annotation}=CLIENT_ID`;
  const fix = [annotate, ...restart].join(' && ');
  return [...found, { severity: 'warning', code: 'WorkloadIdentityUnnamed', where, what, fix }];
}

function namesOf(issuers: readonly IssuerFacts[]): string {
  const names = issuers.slice(0, 5).map(({ view }) => issuerWords(view.key));
  return names.join(', ') + (issuers.length > names.length ? ` and ${issuers.length - names.length} more` : '');
}
