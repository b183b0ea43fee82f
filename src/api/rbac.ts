import { approverRbac } from './approver-manifests.ts';
import { controllerServiceAccount } from './group.ts';
import { binding, manifestsYaml, metadata, role, serviceAccount, type Manifest } from './manifest.ts';
import { csrApproverRules, csrRequesterRules, referenceRules } from './people-rules.ts';
import {
  approverRules,
  controllerRules,
  defaultRbacOptions,
  editRules,
  leaderElectionRules,
  refsRules,
  viewRules,
  type RbacOptions,
} from './rbac-rules.ts';

/** The namespace, the identity and the rights of the controller and of the approver, and roles for people, as YAML. */
export function rbacYaml(options: RbacOptions): string {
  return manifestsYaml([...controllerManifests(options), ...approverManifests(options), ...peopleManifests()]);
}

function controllerManifests({ namespace, clusterResourceNamespace }: RbacOptions): readonly Manifest[] {
  const controller = { name: controllerServiceAccount, namespace };
  const controllerRole = 'external-issuer-controller-role';
  return [
    { object: { apiVersion: 'v1', kind: 'Namespace', metadata: metadata(namespace) } },
    serviceAccount(controllerServiceAccount, namespace),
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
  ];
}

/** The rights of one approver, never of two. */
function approverManifests({
  approver = defaultRbacOptions.approver,
  namespace,
  certManagerNamespace,
  certManagerServiceAccount,
}: RbacOptions): readonly Manifest[] {
  switch (approver) {
    case 'built-in':
      return approverRbac(namespace);
    case 'cert-manager': {
      const name = 'cert-manager-controller-approve:external-issuer-io';
      return [
        {
          ...role('ClusterRole', metadata(name), approverRules),
          comment: ' Without it, cert-manager approves no request for our issuers, and they stay unsigned.',
        },
        binding('ClusterRole', name, metadata(name), { name: certManagerServiceAccount, namespace: certManagerNamespace }),
      ];
    }
    case 'none':
      return [];
    default:
      return approver satisfies never;
  }
}

function peopleManifests(): readonly Manifest[] {
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
    role('ClusterRole', metadata('external-issuer-view', undefined, ['view', 'edit', 'admin']), viewRules),
    role('ClusterRole', metadata('external-issuer-edit', undefined, ['edit', 'admin']), editRules),
  ];
}
