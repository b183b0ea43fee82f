import { admissionPolicies } from './admission-policy.ts';
import { approverRbac } from './approver-manifests.ts';
import { approverServiceAccount, controllerServiceAccount } from './group.ts';
import { binding, manifestsYaml, metadata, role, serviceAccount, type Manifest } from './manifest.ts';
import { metricsAuthRules, metricsReaderRules } from './metrics-rules.ts';
import { csrApproverRules, csrRequesterRules, referenceRules } from './people-rules.ts';
import {
  approverRules,
  controllerRules,
  defaultRbacOptions,
  editRules,
  leaderElectionRules,
  refsRules,
  rulesFor,
  tokenRules,
  viewRules,
  type RbacOptions,
} from './rbac-rules.ts';

/** The namespace, the identity, the rights and the limits of the controller and of the approver, and roles for people, as YAML. */
export function rbacYaml(options: RbacOptions): string {
  return manifestsYaml(rbacManifests(options));
}

/** What {@link rbacYaml} writes. */
export function rbacManifests(options: RbacOptions): readonly Manifest[] {
  return [
    ...controllerManifests(options),
    ...referenceManifests(options),
    ...tokenManifests(options),
    ...approverManifests(options),
    ...admissionPolicies(options),
    ...metricsManifests(options),
    ...peopleManifests(options),
  ];
}

function controllerManifests({ namespace, requestKinds }: RbacOptions): readonly Manifest[] {
  const controller = { name: controllerServiceAccount, namespace };
  const work = { kind: 'ClusterRole', name: 'external-issuer-controller-role' } as const;
  const election = { kind: 'Role', name: 'external-issuer-leader-election' } as const;
  return [
    { object: { apiVersion: 'v1', kind: 'Namespace', metadata: metadata(namespace) } },
    serviceAccount(controllerServiceAccount, namespace),
    role(work.kind, metadata(work.name), rulesFor(controllerRules, requestKinds)),
    binding(work, metadata('external-issuer-controller-role-binding'), controller),
    role(election.kind, metadata(election.name, namespace), leaderElectionRules),
    binding(election, metadata(election.name, namespace), controller),
  ];
}

/** The right to read what issuers refer to: in the cluster resource namespace and those that are named, or in all. */
function referenceManifests(options: RbacOptions): readonly Manifest[] {
  const { namespace, clusterResourceNamespace, issuerNamespaces = [], clusterWideReferences = false } = options;
  const controller = { name: controllerServiceAccount, namespace };
  const name = 'external-issuer-refs';
  const reader = { kind: 'ClusterRole', name: 'external-issuer-refs-reader' } as const;
  const readerRole = role(reader.kind, metadata(reader.name), refsRules);
  const others = [...new Set(issuerNamespaces)].filter((other) => other !== clusterResourceNamespace);
  if (clusterWideReferences) {
    const comment =
      ' Reads every Secret and ConfigMap of the cluster, as was asked for: name the namespaces instead where you can.';
    return [readerRole, { ...binding(reader, metadata(name), controller), comment }];
  }
  return [
    {
      ...role('Role', metadata(name, clusterResourceNamespace), refsRules),
      comment: ' For the refs of ExternalClusterIssuers, which are in this namespace.',
    },
    binding({ kind: 'Role', name }, metadata(name, clusterResourceNamespace), controller),
    {
      ...readerRole,
      comment:
        ' For the refs of ExternalIssuers. Bound only in the namespaces that were named; in each other one that has such issuers,\n' +
        ` make a RoleBinding to it for ServiceAccount ${controllerServiceAccount} of namespace ${namespace}:\n` +
        '   kubectl create rolebinding external-issuer-refs --namespace NAMESPACE \\\n' +
        `     --clusterrole external-issuer-refs-reader --serviceaccount ${namespace}:${controllerServiceAccount}`,
    },
    ...others.map((other) => binding(reader, metadata(name, other), controller)),
  ];
}

function tokenManifests({ namespace, serviceAccountTokens = [] }: RbacOptions): readonly Manifest[] {
  return serviceAccountTokens.flatMap((account) => {
    const name = `external-issuer-token-${account.name}`;
    return [
      role('Role', metadata(name, account.namespace), tokenRules(account.name)),
      binding({ kind: 'Role', name }, metadata(name, account.namespace), { name: controllerServiceAccount, namespace }),
    ];
  });
}

/** The rights of one approver, never of two. */
function approverManifests(options: RbacOptions): readonly Manifest[] {
  const { approver = defaultRbacOptions.approver, requestKinds, certManagerNamespace, certManagerServiceAccount } = options;
  switch (approver) {
    case 'built-in':
      return approverRbac(options);
    case 'cert-manager': {
      const name = 'cert-manager-controller-approve:external-issuer-io';
      const rules = rulesFor(approverRules, requestKinds);
      if (rules.length === 0) return [];
      return [
        {
          ...role('ClusterRole', metadata(name), rules),
          comment: ' Without it, cert-manager approves no request for our issuers, and they stay unsigned.',
        },
        binding({ kind: 'ClusterRole', name }, metadata(name), {
          name: certManagerServiceAccount,
          namespace: certManagerNamespace,
        }),
      ];
    }
    case 'none':
      return [];
    default:
      return approver satisfies never;
  }
}

/** Who may read the metrics, and the right to look that up, for the processes that there are. */
function metricsManifests({ namespace, approver, metricsSecure = false }: RbacOptions): readonly Manifest[] {
  const name = 'external-issuer-metrics-auth';
  const accounts = [controllerServiceAccount, ...(approver === 'built-in' ? [approverServiceAccount] : [])];
  const subjects = accounts.map((account) => ({ name: account, namespace }));
  const lookup = [
    role('ClusterRole', metadata(name), metricsAuthRules),
    binding({ kind: 'ClusterRole', name }, metadata(name), ...subjects),
  ];
  return [
    ...(metricsSecure ? lookup : []),
    {
      ...role('ClusterRole', metadata('external-issuer-metrics-reader'), metricsReaderRules),
      comment:
        ' For who reads the metrics of a controller with --metrics-secure. Bound nowhere:\n' +
        '   kubectl create clusterrolebinding NAME --clusterrole external-issuer-metrics-reader --serviceaccount NAMESPACE:NAME',
    },
  ];
}

function peopleManifests({ aggregateToDefaultRoles = true }: RbacOptions): readonly Manifest[] {
  const aggregateTo = (...roles: readonly string[]): readonly string[] => (aggregateToDefaultRoles ? roles : []);
  return [
    {
      ...role('ClusterRole', metadata('external-issuer-csr-approver'), csrApproverRules),
      comment:
        ' For people who approve CertificateSigningRequests. Bound nowhere:\n' +
        '   kubectl create clusterrolebinding NAME --clusterrole external-issuer-csr-approver --group GROUP',
    },
    {
      ...role('ClusterRole', metadata('external-issuer-csr-requester'), csrRequesterRules),
      comment:
        ' For who makes CertificateSigningRequests. Bound nowhere:\n' +
        '   kubectl create clusterrolebinding NAME --clusterrole external-issuer-csr-requester --group GROUP',
    },
    {
      ...role('ClusterRole', metadata('external-issuer-reference'), referenceRules),
      comment:
        ' For who names ExternalIssuers of a namespace in CertificateSigningRequests. Bound nowhere; to be bound in that namespace:\n' +
        '   kubectl create rolebinding NAME --namespace NAMESPACE --clusterrole external-issuer-reference --group GROUP',
    },
    role('ClusterRole', metadata('external-issuer-view', undefined, aggregateTo('view', 'edit', 'admin')), viewRules),
    role('ClusterRole', metadata('external-issuer-edit', undefined, aggregateTo('edit', 'admin')), editRules),
  ];
}
