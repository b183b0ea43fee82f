import { certManagerGroup, group } from '../../api/group.ts';
import {
  approverRules,
  controllerRules,
  leaderElectionRules,
  refsRules,
  type RbacOptions,
  type RbacRule,
} from '../../api/rbac-rules.ts';
import type { IssuerView } from '../../issuing/request-view.ts';
import type { ResourceAttributes } from '../../api/resources.ts';

/** What a right is needed for. */
export type Purpose = 'controller' | 'leader-election' | 'refs' | 'token' | 'approve' | 'approve-one';

/** A right that somebody needs. */
export interface AccessQuestion {
  readonly purpose: Purpose;
  readonly account: { readonly namespace: string; readonly name: string };
  readonly attributes: ResourceAttributes;
  /** What it is needed for, in words. */
  readonly reason: string;
}

const pluralOf = { ExternalIssuer: 'externalissuers', ExternalClusterIssuer: 'externalclusterissuers' } as const;

/** The name by which cert-manager's approver asks whether it may approve requests for that issuer. */
export function signerNameOf({ kind, namespace, name }: IssuerView['key']): string {
  return `${pluralOf[kind]}.${group}/${namespace === undefined ? name : `${namespace}.${name}`}`;
}

/** The name that stands for all issuers of that kind. */
export function allSignersName(kind: IssuerView['key']['kind']): string {
  return `${pluralOf[kind]}.${group}/*`;
}

/**
 * All the rights that the parties need.
 * @param refNamespaces where issuers refer to something, besides the cluster resource namespace.
 * @param serviceAccounts of which the controller makes tokens.
 */
export function accessQuestions(
  rbac: RbacOptions,
  controllerAccount: string,
  issuers: readonly IssuerView[],
  refNamespaces: readonly string[],
  serviceAccounts: readonly AccessQuestion['account'][],
): readonly AccessQuestion[] {
  const controller = { namespace: rbac.namespace, name: controllerAccount };
  const approver = { namespace: rbac.certManagerNamespace, name: rbac.certManagerServiceAccount };
  const ask = (purpose: Purpose, account: AccessQuestion['account'], rules: readonly RbacRule[], namespace?: string) =>
    rules.flatMap((rule) =>
      attributesOf(rule, namespace).map((attributes) => ({ purpose, account, attributes, reason: rule.reason })),
    );
  return [
    ...ask('controller', controller, controllerRules),
    ...ask('leader-election', controller, leaderElectionRules, rbac.namespace),
    ...[...new Set([rbac.clusterResourceNamespace, ...refNamespaces])].flatMap((namespace) =>
      ask('refs', controller, refsRules, namespace),
    ),
    ...serviceAccounts.map(({ namespace, name }) => ({
      purpose: 'token' as const,
      account: controller,
      attributes: { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace, name },
      reason: 'Make the token that an issuer logs in with.',
    })),
    ...ask('approve', approver, approverRules),
    ...issuers.map(({ key }) => ({
      purpose: 'approve-one' as const,
      account: approver,
      attributes: { verb: 'approve', group: certManagerGroup, resource: 'signers', name: signerNameOf(key) },
      reason: 'Approve requests for this issuer.',
    })),
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
