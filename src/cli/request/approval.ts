import type { CertificateRequest } from '../../api/certificate-request.ts';
import { certManagerGroup, group } from '../../api/group.ts';
import type { KubeClient } from '../../kube/client.ts';
import { askAccess } from '../doctor/ask-access.ts';
import type { Commands } from '../doctor/options.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { approvalNames } from './issuer.ts';
import { seen, shownText } from './report.ts';

/** cert-manager's ServiceAccount, which approves requests by itself where it may. */
export interface Approver {
  readonly namespace: string;
  readonly name: string;
}

/** Says why nobody approves a request, as far as the API server tells, and what to do. */
export async function whyNotApproved(
  client: Pick<KubeClient, 'create'>,
  { metadata, spec }: CertificateRequest,
  approver: Approver,
  { kubectl, applyRbac }: Pick<Commands, 'applyRbac' | 'kubectl'>,
  signal: AbortSignal,
): Promise<{ readonly why: string; readonly fix: string }> {
  const byHand = `cmctl approve ${shellWord(metadata.name)} --namespace ${shellWord(metadata.namespace ?? 'default')}`;
  const pods = `${kubectl} get pods --namespace ${shellWord(approver.namespace)}`;
  const who = `cert-manager's ServiceAccount ${approver.namespace}/${approver.name}`;
  const names = approvalNames(spec.issuerRef, metadata.namespace ?? '');
  if (names === undefined) return { why: '', fix: `approve it by hand: ${byHand}` };
  const questions = names.map((name) => ({
    purpose: 'approve-one' as const,
    account: approver,
    attributes: { verb: 'approve', group: certManagerGroup, resource: 'signers', name },
    reason: 'Approve requests for this issuer.',
  }));
  const answers = await seen(async () => await askAccess(client, questions, signal));
  const right = `the verb "approve" on resource "signers" of group "${certManagerGroup}" with resourceName "${shownText(names[0])}"`;
  if (!answers.ok) {
    const why = `Whether ${who} may is not known: ${answers.error}. It needs ${right}.`;
    return { why, fix: `see whether cert-manager runs: ${pods}; by hand: ${byHand}` };
  }
  if (!answers.value.some(({ allowed }) => allowed)) {
    const role =
      spec.issuerRef.group === group ? `ClusterRole cert-manager-controller-approve:external-issuer-io: ${applyRbac}` : right;
    // Two approvers for one signer would race.
    const builtIn =
      'where the built-in approver is to decide, by spec.policy.rules of the issuer, see whether it runs (external-issuer doctor)';
    return {
      why: `${who} may not: it lacks ${right}.`,
      fix: `${builtIn}; else give it ${role}; or approve it by hand: ${byHand}`,
    };
  }
  return {
    why: `${who} may approve it, and has not: it may not be running, its approver may be switched off, or another approver is to decide.`,
    fix: `see whether cert-manager runs: ${pods}; by hand: ${byHand}`,
  };
}
