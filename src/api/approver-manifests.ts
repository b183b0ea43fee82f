import { approverElectionRules, builtInApproverRules } from './approver-rules.ts';
import { approverServiceAccount } from './group.ts';
import { binding, metadata, role, serviceAccount, type Manifest } from './manifest.ts';
import { rulesFor, type RbacOptions } from './rbac-rules.ts';

const electionRole = 'external-issuer-approver-leader-election';
const clusterRole = 'external-issuer-approver-role';

/** The identity and the rights of the built-in approver. */
export function approverRbac({
  namespace,
  requestKinds,
}: Pick<RbacOptions, 'namespace' | 'requestKinds'>): readonly Manifest[] {
  const account = { name: approverServiceAccount, namespace };
  return [
    serviceAccount(approverServiceAccount, namespace),
    {
      ...role('ClusterRole', metadata(clusterRole), rulesFor(builtInApproverRules, requestKinds)),
      comment:
        ' The built-in approver decides alone: cert-manager must not have the right to approve for our issuers as well. Where it has:\n' +
        '   kubectl delete clusterrolebinding,clusterrole cert-manager-controller-approve:external-issuer-io',
    },
    binding({ kind: 'ClusterRole', name: clusterRole }, metadata('external-issuer-approver-role-binding'), account),
    role('Role', metadata(electionRole, namespace), approverElectionRules),
    binding({ kind: 'Role', name: electionRole }, metadata(electionRole, namespace), account),
  ];
}
