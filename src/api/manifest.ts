import { Document, isMap, isSeq } from 'yaml';
import type { RbacRule, UrlRule } from './rbac-rules.ts';

/** A rule about resources or about paths. */
type Rule = RbacRule | UrlRule;

/** One object of the shipped manifests. */
export interface Manifest {
  /** Written above the object, for who reads the YAML. */
  readonly comment?: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly rules?: readonly Rule[];
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
export function role(kind: 'Role' | 'ClusterRole', meta: Metadata, rules: readonly Rule[]): Manifest {
  return { object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: meta }, rules };
}

/** The binding of a role to ServiceAccounts. */
export function binding(
  { kind, name }: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string },
  meta: Metadata,
  ...accounts: readonly { readonly name: string; readonly namespace: string }[]
): Manifest {
  return {
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'namespace' in meta ? 'RoleBinding' : 'ClusterRoleBinding',
      metadata: meta,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: accounts.map((account) => ({ kind: 'ServiceAccount', ...account })),
    },
  };
}

/** A rule as an entry of a YAML list, under a comment that says what it is for. */
export function ruleYaml(rule: Rule): string {
  const document = new Document([fieldsOf(rule)], { version: '1.1', aliasDuplicateObjects: false });
  explain(document.contents, [rule]);
  return document.toString(style);
}

const style = { lineWidth: 120, flowCollectionPadding: false } as const;

/** An object as YAML, each rule under a comment that says what it is for. */
function render({ comment, object, rules }: Manifest): string {
  const document = new Document(rules === undefined ? object : { ...object, rules: rules.map(fieldsOf) }, {
    version: '1.1',
    aliasDuplicateObjects: false,
  });
  if (comment !== undefined && document.contents !== null) document.contents.commentBefore = comment;
  explain(document.get('rules'), rules ?? []);
  return document.toString(style);
}

/** What of a rule the API server knows. */
function fieldsOf(rule: Rule): Readonly<Record<string, readonly string[] | undefined>> {
  if ('nonResourceURLs' in rule) return { nonResourceURLs: rule.nonResourceURLs, verbs: rule.verbs };
  const { apiGroups, resources, resourceNames, verbs } = rule;
  return { apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }), verbs };
}

function explain(list: unknown, rules: readonly Rule[]): void {
  for (const [index, rule] of rules.entries()) {
    const node = isSeq(list) ? list.items[index] : undefined;
    if (!isMap(node)) continue;
    node.commentBefore = ` ${rule.reason}`;
    for (const { value } of node.items) if (isSeq(value)) value.flow = true;
  }
}
