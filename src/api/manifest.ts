import { Document, isMap, isSeq } from 'yaml';
import type { RbacRule } from './rbac-rules.ts';

/** One object of the shipped manifests. */
export interface Manifest {
  /** Written above the object, for who reads the YAML. */
  readonly comment?: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly rules?: readonly RbacRule[];
}

type Metadata = Readonly<Record<string, unknown>>;

/** The objects as one YAML text. */
export function manifestsYaml(manifests: readonly Manifest[]): string {
  return manifests.map(render).join('---\n');
}

/** The metadata of a shipped object; `aggregateTo` names the cluster's own roles that take the rules in. */
export function metadata(name: string, namespace?: string, aggregateTo: readonly string[] = []): Metadata {
  const aggregation = aggregateTo.map((to) => [`rbac.authorization.k8s.io/aggregate-to-${to}`, 'true']);
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/name': 'external-issuer', ...Object.fromEntries(aggregation) },
  };
}

/** A ServiceAccount, as an object and as the subject of bindings. */
export function serviceAccount(name: string, namespace: string): Manifest {
  return { object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(name, namespace) } };
}

/** A Role or ClusterRole with these rules. */
export function role(kind: 'Role' | 'ClusterRole', meta: Metadata, rules: readonly RbacRule[]): Manifest {
  return { object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: meta }, rules };
}

/** The binding of a role to a ServiceAccount. */
export function binding(
  roleKind: 'Role' | 'ClusterRole',
  roleName: string,
  meta: Metadata,
  account: { readonly name: string; readonly namespace: string },
): Manifest {
  return {
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: `${roleKind}Binding`,
      metadata: meta,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: roleName },
      subjects: [{ kind: 'ServiceAccount', ...account }],
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
