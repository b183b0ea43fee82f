import { issuerKinds, type IssuerKind } from '../../api/group.ts';
import { signerNameOf } from '../../issuing/signer-name.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { approverOf, hasRules } from './approver-state.ts';
import type { Facts, IssuerFacts } from './facts.ts';
import { fine, type Finding } from './finding.ts';
import { issuerName } from './issuer-ref.ts';
import type { Commands, DoctorOptions } from './options.ts';
import { allSignersName } from './questions.ts';

/** What gives cert-manager the right, in the shipped RBAC. */
const approvalBinding = 'cert-manager-controller-approve:external-issuer-io';
/** Issuers that are named one by one. */
const mostNamed = 5;

/** Whether each issuer has one approver for cert-manager's requests: cert-manager itself, or the built-in one. */
export function checkApproval(
  facts: Pick<Facts, 'access' | 'issuers' | 'certManagerAccount' | 'requestKinds' | 'deployments' | 'approverLease' | 'now'>,
  { rbac, otherApprover = false }: DoctorOptions,
  commands: Commands,
): readonly Finding[] {
  const { access, issuers, certManagerAccount, requestKinds } = facts;
  // cert-manager approves no CertificateSigningRequests: people do, or the built-in approver.
  if (!access.ok || !requestKinds.includes('CertificateRequest')) return [];
  const where = `ServiceAccount ${rbac.certManagerNamespace}/${rbac.certManagerServiceAccount}`;
  if (!certManagerAccount.ok && certManagerAccount.error.code === 'NotFound') {
    const what = 'does not exist, so cert-manager is not there, or elsewhere';
    const fix = 'install cert-manager, or say where it is with --cert-manager-namespace and --cert-manager-service-account';
    return [{ severity: 'error', code: 'CertManagerNotFound', where, what, fix }];
  }
  const allowed = new Set(
    access.value.flatMap(({ question: { purpose, attributes }, allowed: yes }) =>
      yes && (purpose === 'approve' || purpose === 'approve-one') ? [attributes.name] : [],
    ),
  );
  const known = issuers.flatMap(({ found }) => (found.ok ? found.value : []));
  const builtIn = approverOf(facts).kinds.includes('CertificateRequest');
  const approval: Approval = { where, known, allowed, builtIn };
  const twice = approversTwice(approval, facts, commands);
  if (otherApprover) return twice;
  return [...twice, ...issuerKinds.flatMap(({ kind }) => checkKind(kind, approval, commands, twice.length === 0))];
}

/** Who may approve what. */
interface Approval {
  /** cert-manager's ServiceAccount. */
  readonly where: string;
  readonly known: readonly IssuerFacts[];
  /** The signer names that cert-manager may approve. */
  readonly allowed: ReadonlySet<string | undefined>;
  /** Whether the built-in approver decides about cert-manager's requests too. */
  readonly builtIn: boolean;
}

function isAllowed({ allowed }: Approval, { key }: IssuerFacts['view']): boolean {
  return allowed.has(allSignersName(key.kind)) || allowed.has(signerNameOf(key));
}

/** Of two approvers for one signer the more generous one wins, since it leaves nothing to the other. */
function approversTwice(
  approval: Approval,
  facts: Pick<Facts, 'deployments' | 'approverLease' | 'now'>,
  { kubectl }: Commands,
): readonly Finding[] {
  const { where, known, allowed, builtIn } = approval;
  if (!builtIn) return [];
  const contested = known.filter((issuer) => hasRules(issuer) && isAllowed(approval, issuer.view));
  const kinds = issuerKinds.filter(({ kind }) => allowed.has(allSignersName(kind)));
  if (contested.length === 0 && kinds.length === 0) return [];
  const [deployment] = approverOf(facts).deployed;
  const other = deployment === undefined ? '' : ` (Deployment ${deployment.metadata.namespace}/${deployment.metadata.name})`;
  const scope = contested.length > 0 ? few(contested) : `every ${kinds.map(({ kind }) => kind).join(' and ')}`;
  const unruled = known.filter((issuer) => !hasRules(issuer) && isAllowed(approval, issuer.view));
  const after =
    unruled.length === 0
      ? ''
      : `. Without it, requests for ${few(unruled)}, which the built-in approver leaves alone, wait for a person`;
  const what =
    `may approve requests for ${scope}, and the built-in approver runs too${other}: cert-manager approves what ` +
    `spec.policy.rules would have denied, and it fails only when it is to be signed. ClusterRoleBinding ${approvalBinding} gives the ` +
    `right, as shipped${after}`;
  return [
    {
      severity: contested.length > 0 ? 'error' : 'warning',
      code: 'TwoApprovers',
      where,
      what,
      fix: `${kubectl} delete clusterrolebinding,clusterrole ${shellWord(approvalBinding)}`,
    },
  ];
}

/** The right for all issuers of a kind, or for each that there is and that the built-in approver leaves alone, will do. */
function checkKind(kind: IssuerKind, approval: Approval, commands: Commands, isOnly: boolean): readonly Finding[] {
  const { where, known, allowed, builtIn } = approval;
  const everything = allSignersName(kind);
  if (allowed.has(everything)) return isOnly ? [fine('ApproverRights', where, `may approve requests for every ${kind}`)] : [];
  const ofKind = known.filter(({ view }) => view.key.kind === kind);
  const left = ofKind.filter((issuer) => !(builtIn && hasRules(issuer)));
  const refused = left.filter(({ view }) => !isAllowed(approval, view));
  if (builtIn) return refused.length === 0 ? [] : [leftAlone(refused, where)];
  if (ofKind.length > 0 && refused.length === 0) {
    return [fine('ApproverRights', where, `may approve requests for each ${kind} that there is`)];
  }
  const ruled = refused.filter(hasRules);
  const noApprover =
    ruled.length === 0
      ? ''
      : `; the built-in approver, which would decide by the spec.policy.rules of ${few(ruled)}, does not run`;
  const what =
    `may not approve requests for ${refused.length === 0 ? `any ${kind}` : few(refused)} (verb approve on signers of cert-manager.io, ` +
    `resourceName ${everything}); unless another approver does, they wait for ever${noApprover}`;
  return [{ severity: 'error', code: 'ApproverForbidden', where, what, fix: commands.applyRbac }];
}

/** With the built-in approver, people may be meant to approve the rest. */
function leftAlone(refused: readonly IssuerFacts[], where: string): Finding {
  const names = refused.slice(0, mostNamed).map(({ view }) => signerNameOf(view.key));
  return {
    severity: 'warning',
    code: 'ApproverForbidden',
    where,
    what: `may not approve requests for ${few(refused)}, and the built-in approver leaves issuers without spec.policy.rules alone: they wait for a person`,
    fix: `give them spec.policy.rules; or give cert-manager the verb approve on signers of cert-manager.io, resourceNames ${names.join(', ')}`,
  };
}

function few(issuers: readonly IssuerFacts[]): string {
  const names = issuers.slice(0, mostNamed).map(({ view }) => issuerName(view.key));
  return names.join(', ') + (issuers.length > names.length ? ` and ${issuers.length - names.length} more` : '');
}
