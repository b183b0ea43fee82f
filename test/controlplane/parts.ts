import { join } from 'node:path';
import type { ControlPlanePki } from './certificates.ts';

/** The parts of a control plane, in the order they start. */
export const partNames = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'cert-manager'] as const;

export type PartName = (typeof partNames)[number];

/** Everything that the parts' flags depend on. */
export interface PartSettings {
  readonly folder: string;
  readonly pki: ControlPlanePki;
  readonly ports: { readonly etcdClient: number; readonly etcdPeer: number; readonly apiServer: number };
  readonly kubeconfigs: { readonly controllerManager: string; readonly certManager: string };
  /** etcd syncs to disk: needed only where a test cuts the power. */
  readonly durable: boolean;
  readonly audit: { readonly policy: string; readonly log: string } | undefined;
  /** Waits of cert-manager after a failed CertificateRequest, as Go durations; its own defaults are 1h and 32h. */
  readonly certManagerBackoff: { readonly min: string; readonly max: string };
  /** The cluster has nodes: the controllers that make pods run too. */
  readonly workloads: boolean;
}

/** The controllers of kube-controller-manager that a cluster without nodes and pods has work for. */
const controllers = [
  'certificatesigningrequest-approving-controller',
  'certificatesigningrequest-cleaner-controller',
  'certificatesigningrequest-signing-controller',
  'clusterrole-aggregation-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'validatingadmissionpolicy-status-controller',
];

/** Those that a cluster with a node has work for besides. */
const workloadControllers = [
  'deployment-controller',
  'disruption-controller',
  'endpointslice-controller',
  'job-controller',
  'node-lifecycle-controller',
  'pod-garbage-collector-controller',
  'replicaset-controller',
  'taint-eviction-controller',
];

const loopback = 'http://127.0.0.1';

function etcd({ folder, ports, durable }: PartSettings): string[] {
  const client = `${loopback}:${ports.etcdClient}`;
  const peer = `${loopback}:${ports.etcdPeer}`;
  return [
    '--name=controlplane',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=controlplane=${peer}`,
    '--log-level=error',
    ...(durable ? [] : ['--unsafe-no-fsync']),
  ];
}

function apiServer({ pki, ports, audit }: PartSettings): string[] {
  return [
    `--etcd-servers=${loopback}:${ports.etcdClient}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--secure-port=${ports.apiServer}`,
    `--tls-cert-file=${pki.serving.cert}`,
    `--tls-private-key-file=${pki.serving.key}`,
    `--client-ca-file=${pki.clientCas}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    ...(audit === undefined ? [] : [`--audit-policy-file=${audit.policy}`, `--audit-log-path=${audit.log}`]),
  ];
}

function controllerManager({ pki, kubeconfigs, workloads }: PartSettings): string[] {
  return [
    `--kubeconfig=${kubeconfigs.controllerManager}`,
    `--controllers=${[...controllers, ...(workloads ? workloadControllers : [])].join(',')}`,
    '--use-service-account-credentials',
    `--service-account-private-key-file=${pki.serviceAccountKey}`,
    `--root-ca-file=${pki.ca.cert}`,
    `--cluster-signing-cert-file=${pki.clusterSigning.cert}`,
    `--cluster-signing-key-file=${pki.clusterSigning.key}`,
    '--leader-elect=false',
    '--secure-port=0',
  ];
}

function certManager({ kubeconfigs, certManagerBackoff }: PartSettings): string[] {
  return [
    `--kubeconfig=${kubeconfigs.certManager}`,
    `--certificate-request-minimum-backoff-duration=${certManagerBackoff.min}`,
    `--certificate-request-maximum-backoff-duration=${certManagerBackoff.max}`,
  ];
}

/** The flags of each part. */
export const partArguments: Readonly<Record<PartName, (settings: PartSettings) => string[]>> = {
  etcd,
  'kube-apiserver': apiServer,
  'kube-controller-manager': controllerManager,
  'cert-manager': certManager,
};
