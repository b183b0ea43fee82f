import type { HarnessEnvironment } from './environment.ts';
import type { Kubectl } from './kubectl.ts';
import type { PartName } from './parts.ts';
import type { ProgressStream } from './progress.ts';

export interface ControlPlaneOptions {
  /** Writes what the API server was asked, at Metadata level, to `auditLogPath` (see `audit.ts`). */
  readonly auditLog?: boolean;
  /** etcd syncs each write to disk; off by default. */
  readonly durable?: boolean;
  /** How long cert-manager waits after a failed CertificateRequest (Go durations); 1h and 32h by default, as it ships. */
  readonly certManagerMinBackoff?: string;
  readonly certManagerMaxBackoff?: string;
  /** The cluster gets nodes: the controllers that make pods of Deployments and Jobs run too; off by default. */
  readonly workloads?: boolean;
  /** A cluster to use instead of starting one; `EXTERNAL_ISSUER_TEST_KUBECONFIG` by default. */
  readonly kubeconfig?: string;
  /** Says how long each step of the start took. */
  readonly verbose?: boolean;
  /** Where progress of the build and timings go; standard error by default. */
  readonly stream?: ProgressStream;
  readonly environment?: HarnessEnvironment;
}

/** A Kubernetes API with cert-manager, to test against. */
export interface ControlPlane {
  /** False on a cluster that the user gave: its parts cannot be stopped, and nothing of it is removed. */
  readonly owned: boolean;
  /** Of an administrator. */
  readonly kubeconfigPath: string;
  readonly server: string;
  /** A folder for files of the test; removed by `stop`. */
  readonly dir: string;
  readonly logsDir: string;
  readonly auditLogPath: string | undefined;
  /** Milliseconds that each step of the start took, and `total`. Without the build, which is made once. */
  readonly timings: Readonly<Record<string, number>>;
  readonly kubectlCommand: string;
  readonly kubectl: Kubectl;
  /** Makes a token for a service account that exists (TokenRequest, 24 h) and writes a kubeconfig with it. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Has the API server take clients with certificates of these CAs too (PEM), and resolves when it does. */
  trustClientCa(pem: string): Promise<void>;
  /** Process ids of the parts that run. */
  pids(): ReadonlyMap<PartName, number>;
  /** Stops a part: SIGTERM and, after 5 s, SIGKILL; or SIGKILL at once. */
  stopPart(part: PartName, how?: 'stop' | 'kill'): Promise<void>;
  /** Starts a stopped part again, with the same flags and ports; the API server is ready when this resolves. */
  startPart(part: PartName): Promise<void>;
  stopCertManager(): Promise<void>;
  startCertManager(): Promise<void>;
  /** The last lines of a part's log, for the message of a failing test. */
  logsTail(part: PartName, lines?: number): Promise<string>;
  /** Ends all parts and removes all files; may be called more than once. `keepFiles` leaves logs and data. */
  stop(options?: { readonly keepFiles?: boolean }): Promise<void>;
}
