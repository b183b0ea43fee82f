import type { RequestKindName } from '../issuing/request-view.ts';
import type { ListenAddress } from '../lib/listen-address.ts';
import type { MetricsSecurity } from '../server/metrics-server.ts';

/** What every process is told by its flags and environment, read and checked. */
export interface ProcessOptions {
  /** Absent: the server is off. */
  readonly metricsAddress?: ListenAddress;
  readonly healthAddress?: ListenAddress;
  /** Absent: the metrics are served in plain text, to everybody. */
  readonly metricsSecurity?: MetricsSecurity;
  readonly leaderElect: boolean;
  /** Namespace of the Lease; absent: the namespace the process runs in. */
  readonly leaderElectionNamespace?: string;
  /** The kinds of requests that are worked on. */
  readonly requestKinds: readonly RequestKindName[];
  /** Requests of a kind that are worked on at once. */
  readonly workers: number;
  /** The name of this replica: in the Lease and in events. */
  readonly identity: string;
  /** From POD_NAMESPACE, where it is set. */
  readonly podNamespace?: string;
}

/** What the controller is told besides. */
export interface ManagerOptions extends ProcessOptions {
  /** Where the status page is served; absent: nowhere. */
  readonly statusAddress?: ListenAddress;
  /** Where the references of cluster issuers are; absent: the namespace the controller runs in. */
  readonly clusterResourceNamespace?: string;
  readonly allowedReferenceNamespaces: readonly string[];
  /** The values of `spec.signerType` that may be used; absent: all. */
  readonly signers?: readonly string[];
}
