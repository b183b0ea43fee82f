import { approverElectionRules, builtInApproverRules } from '../../api/approver-rules.ts';
import { certManagerGroup } from '../../api/group.ts';
import {
  approverRules,
  controllerRules,
  leaderElectionRules,
  refsRules,
  rulesFor,
  type RbacRule,
} from '../../api/rbac-rules.ts';
import type { ResourceAttributes } from '../../api/resources.ts';
import type { IssuerKey, RequestKindName } from '../../issuing/request-view.ts';
import { signerNameOf } from '../../issuing/signer-name.ts';
import type { Places } from './options.ts';

/** What a right is needed for. */
export type Purpose =
  | 'controller'
  | 'leader-election'
  | 'refs'
  | 'token'
  | 'approve'
  | 'approve-one'
  | 'approver'
  | 'approver-election';

/** A right that somebody needs. */
export interface AccessQuestion {
  readonly purpose: Purpose;
  readonly account: { readonly namespace: string; readonly name: string };
  readonly attributes: ResourceAttributes;
  /** What it is needed for, in words. */
  readonly reason: string;
}

/** The name that stands for all issuers of that kind, where a right is given. */
export function allSignersName(kind: IssuerKey['kind']): string {
  return signerNameOf({ kind, name: '*' });
}

/** Who needs rights, and for what. */
export interface Parties {
  readonly rbac: Places;
  readonly controllerAccount: string;
  /** The kinds of requests that the controller signs. */
  readonly requestKinds: readonly RequestKindName[];
  /** The kinds that the built-in approver decides about, where it runs. */
  readonly approverKinds: readonly RequestKindName[];
  readonly approverAccount: string;
  readonly issuers: readonly IssuerKey[];
  /** Where issuers refer to something, besides the cluster resource namespace. */
  readonly refNamespaces: readonly string[];
  /** Of which the controller makes tokens. */
  readonly serviceAccounts: readonly AccessQuestion['account'][];
}

/** All the rights that the parties need. */
export function accessQuestions(parties: Parties): readonly AccessQuestion[] {
  const { rbac, requestKinds, approverKinds } = parties;
  const controller = { namespace: rbac.namespace, name: parties.controllerAccount };
  const approver = { namespace: rbac.namespace, name: parties.approverAccount };
  const certManager = { namespace: rbac.certManagerNamespace, name: rbac.certManagerServiceAccount };
  const ask = (purpose: Purpose, account: AccessQuestion['account'], rules: readonly RbacRule[], namespace?: string) =>
    rules.flatMap((rule) =>
      attributesOf(rule, namespace).map((attributes) => ({ purpose, account, attributes, reason: rule.reason })),
    );
  const approverRuns = approverKinds.length > 0;
  return [
    ...ask('controller', controller, rulesFor(controllerRules, requestKinds)),
    ...ask('leader-election', controller, leaderElectionRules, rbac.namespace),
    ...[...new Set([rbac.clusterResourceNamespace, ...parties.refNamespaces])].flatMap((namespace) =>
      ask('refs', controller, refsRules, namespace),
    ),
    ...parties.serviceAccounts.map(({ namespace, name }) => ({
      purpose: 'token' as const,
      account: controller,
      attributes: { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace, name },
      reason: 'Make the token that an issuer logs in with.',
    })),
    ...ask('approve', certManager, rulesFor(approverRules, requestKinds)),
    ...(requestKinds.includes('CertificateRequest') ? parties.issuers : []).map((key) => ({
      purpose: 'approve-one' as const,
      account: certManager,
      attributes: { verb: 'approve', group: certManagerGroup, resource: 'signers', name: signerNameOf(key) },
      reason: 'Approve requests for this issuer.',
    })),
    ...(approverRuns ? ask('approver', approver, rulesFor(builtInApproverRules, approverKinds)) : []),
    ...(approverRuns ? ask('approver-election', approver, approverElectionRules, rbac.namespace) : []),
  ];
}

function attributesOf({ apiGroups, resources, resourceNames, verbs }: RbacRule, namespace?: string): ResourceAttributes[] {
  const names = resourceNames ?? [undefined];
  return apiGroups.flatMap((apiGroup) =>
    resources.flatMap((path) =>
      verbs.flatMap((verb) =>
        names.map((name) => {
          const [resource = '', subresource] = path.split('/');
          return {
            verb,
            group: apiGroup,
            resource,
            ...(subresource === undefined ? {} : { subresource }),
            ...(namespace === undefined ? {} : { namespace }),
            ...(name === undefined ? {} : { name }),
          };
        }),
      ),
    ),
  );
}
