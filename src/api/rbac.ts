import { Document, isMap, isSeq } from 'yaml';
import { controllerServiceAccount } from './group.ts';
import {
  approverRules,
  controllerRules,
  editRules,
  leaderElectionRules,
  refsRules,
  viewRules,
  type RbacOptions,
  type RbacRule,
} from './rbac-rules.ts';

interface Manifest {
  /** Written above the object, for who reads the YAML. */
  readonly comment?: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly rules?: readonly RbacRule[];
}

/** The namespace, the identity and the rights of the controller, and cert-manager's right to approve, as YAML. */
export function rbacYaml(options: RbacOptions): string {
  return manifests(options).map(render).join('---\n');
}

function manifests(options: RbacOptions): readonly Manifest[] {
  const { namespace, clusterResourceNamespace } = options;
  const controller = { kind: 'ServiceAccount', name: controllerServiceAccount, namespace };
  const approver = { kind: 'ServiceAccount', name: options.certManagerServiceAccount, namespace: options.certManagerNamespace };
  const approverName = 'cert-manager-controller-approve:external-issuer-io';
  const controllerRole = 'external-issuer-controller-role';
  return [
    { object: { apiVersion: 'v1', kind: 'Namespace', metadata: metadata(namespace) } },
    { object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(controllerServiceAccount, namespace) } },
    role('ClusterRole', metadata(controllerRole), controllerRules),
    binding('ClusterRole', controllerRole, metadata('external-issuer-controller-role-binding'), controller),
    role('Role', metadata('external-issuer-leader-election', namespace), leaderElectionRules),
    binding('Role', 'external-issuer-leader-election', metadata('external-issuer-leader-election', namespace), controller),
    {
      ...role('Role', metadata('external-issuer-refs', clusterResourceNamespace), refsRules),
      comment: ' For the refs of ExternalClusterIssuers, which are in this namespace.',
    },
    binding('Role', 'external-issuer-refs', metadata('external-issuer-refs', clusterResourceNamespace), controller),
    {
      ...role('ClusterRole', metadata('external-issuer-refs-reader'), refsRules),
      comment:
        ' For the refs of ExternalIssuers. Bound nowhere: in each namespace that has such issuers, make a RoleBinding to it for\n' +
        ` ServiceAccount ${controllerServiceAccount} of namespace ${namespace}:\n` +
        '   kubectl create rolebinding external-issuer-refs --namespace NAMESPACE \\\n' +
        `     --clusterrole external-issuer-refs-reader --serviceaccount ${namespace}:${controllerServiceAccount}`,
    },
    {
      ...role('ClusterRole', metadata(approverName), approverRules),
      comment: ' Without it, cert-manager approves no request for our issuers, and they stay unsigned.',
    },
    binding('ClusterRole', approverName, metadata(approverName), approver),
    role('ClusterRole', metadata('external-issuer-view', undefined, ['view', 'edit', 'admin']), viewRules),
    role('ClusterRole', metadata('external-issuer-edit', undefined, ['edit', 'admin']), editRules),
  ];
}

function metadata(name: string, namespace?: string, aggregateTo: readonly string[] = []): Readonly<Record<string, unknown>> {
  const aggregation = aggregateTo.map((to) => [`rbac.authorization.k8s.io/aggregate-to-${to}`, 'true']);
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/name': 'external-issuer', ...Object.fromEntries(aggregation) },
  };
}

function role(kind: 'Role' | 'ClusterRole', meta: Readonly<Record<string, unknown>>, rules: readonly RbacRule[]): Manifest {
  return { object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: meta }, rules };
}

function binding(
  roleKind: 'Role' | 'ClusterRole',
  roleName: string,
  meta: Readonly<Record<string, unknown>>,
  subject: Readonly<Record<string, string>>,
): Manifest {
  return {
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: `${roleKind}Binding`,
      metadata: meta,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: roleName },
      subjects: [subject],
    },
  };
}

/** An object as YAML, each rule under a comment that says what it is for. */
function render({ comment, object, rules }: Manifest): string {
  const written = rules?.map(({ reason, ...rule }) => rule);
  const document = new Document(written === undefined ? object : { ...object, rules: written }, {
    version: '1.1',
    aliasDuplicateObjects: false,
  });
  if (comment !== undefined && document.contents !== null) document.contents.commentBefore = comment;
  const nodes = document.get('rules');
  for (const [index, rule] of (rules ?? []).entries()) {
    const node = isSeq(nodes) ? nodes.items[index] : undefined;
    if (!isMap(node)) continue;
    node.commentBefore = ` ${rule.reason}`;
    for (const { value } of node.items) if (isSeq(value)) value.flow = true;
  }
  return document.toString({ lineWidth: 120, flowCollectionPadding: false });
}
