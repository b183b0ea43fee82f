import { approverElectionRules, builtInApproverRules } from './approver-rules.ts';
import { approverServiceAccount } from './group.ts';
import { binding, manifestsYaml, metadata, role, serviceAccount, type Manifest } from './manifest.ts';

/** To be replaced by whoever applies the manifest: there is no public image. */
const image = 'REGISTRY/external-issuer:0.1.0';
const electionRole = 'external-issuer-approver-leader-election';
const clusterRole = 'external-issuer-approver-role';

/** The identity and the rights of the built-in approver. */
export function approverRbac(namespace: string): readonly Manifest[] {
  const account = { name: approverServiceAccount, namespace };
  return [
    serviceAccount(approverServiceAccount, namespace),
    {
      ...role('ClusterRole', metadata(clusterRole), builtInApproverRules),
      comment:
        ' The built-in approver decides alone: cert-manager must not have the right to approve for our issuers as well. Where it has:\n' +
        '   kubectl delete clusterrolebinding,clusterrole cert-manager-controller-approve:external-issuer-io',
    },
    binding('ClusterRole', clusterRole, metadata('external-issuer-approver-role-binding'), account),
    role('Role', metadata(electionRole, namespace), approverElectionRules),
    binding('Role', electionRole, metadata(electionRole, namespace), account),
  ];
}

/** All that the built-in approver is in a cluster that has the controller's manifests, as YAML. */
export function approverYaml(namespace: string): string {
  return manifestsYaml([
    ...approverRbac(namespace),
    { object: deployment(namespace), comment: ` Put your image in the place of ${image}.` },
  ]);
}

function deployment(namespace: string): Manifest['object'] {
  const labels = { 'app.kubernetes.io/name': 'external-issuer', 'app.kubernetes.io/component': 'approver' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'external-issuer-approver', namespace, labels },
    spec: {
      replicas: 2,
      // Not by the name alone: the Deployment of the controller has it too, and would take these pods for its own.
      selector: { matchLabels: { 'app.kubernetes.io/component': 'approver' } },
      template: { metadata: { labels: { 'app.kubernetes.io/component': 'approver' } }, spec: podSpec() },
    },
  };
}

function podSpec(): Readonly<Record<string, unknown>> {
  return {
    serviceAccountName: approverServiceAccount,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'approver',
        image,
        args: ['approver', '--leader-elect'],
        env: [fieldVariable('POD_NAME', 'metadata.name'), fieldVariable('POD_NAMESPACE', 'metadata.namespace')],
        ports: [
          { name: 'metrics', containerPort: 8080 },
          { name: 'probes', containerPort: 8081 },
        ],
        livenessProbe: { httpGet: { path: '/healthz', port: 'probes' } },
        readinessProbe: { httpGet: { path: '/readyz', port: 'probes' } },
        resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  };
}

function fieldVariable(name: string, fieldPath: string): Readonly<Record<string, unknown>> {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
