import type { CriMessage } from './cri.ts';

/** A pod as far as the chart renders it and this test runs it. */
export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext: {
    readonly runAsNonRoot: boolean;
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly fsGroup: number;
    readonly seccompProfile: { readonly type: string };
  };
  readonly containers: readonly [ContainerSpec];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[] };
  };
}

/** Where a pod is to run, and what a kubelet would have given it. */
export interface PodPlace {
  readonly name: string;
  readonly namespace: string;
  /** Folder for the output of the container. */
  readonly logs: string;
  /** Folder with the files of the ServiceAccount's token. */
  readonly token?: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What the kubelet passes on for `securityContext.seccompProfile`. */
function seccomp({ type }: { readonly type: string }): CriMessage {
  if (type !== 'RuntimeDefault')
    throw new Error(`the chart renders the seccomp profile ${type}, which this test does not translate`);
  return { profile_type: 'RuntimeDefault' };
}

/** The sandbox of a pod, as the kubelet asks containerd for it. */
export function sandboxConfig(spec: PodSpec, { name, namespace, logs }: PodPlace): CriMessage {
  const { runAsUser, runAsGroup, fsGroup, seccompProfile } = spec.securityContext;
  return {
    metadata: { name, namespace, uid: name, attempt: 0 },
    hostname: name,
    log_directory: logs,
    linux: {
      cgroup_parent: '/external-issuer-test-image',
      security_context: {
        namespace_options: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
        run_as_user: { value: runAsUser },
        run_as_group: { value: runAsGroup },
        supplemental_groups: [fsGroup],
        seccomp: seccomp(seccompProfile),
      },
    },
  };
}

/** The container of a pod, as the kubelet asks for it: what the chart says, and nothing that it does not say. */
export function containerConfig(spec: PodSpec, place: PodPlace): CriMessage {
  const [container] = spec.containers;
  const { runAsUser, runAsGroup, fsGroup, seccompProfile } = spec.securityContext;
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext;
  const token = '/var/run/secrets/kubernetes.io/serviceaccount';
  return {
    metadata: { name: container.name, attempt: 0 },
    image: { image: container.image },
    command: container.command ?? [],
    args: container.args,
    envs: environmentOf(container, place),
    mounts: place.token === undefined ? [] : [{ container_path: token, host_path: place.token, readonly: true }],
    log_path: 'output.log',
    linux: {
      resources: { memory_limit_in_bytes: bytesOf(container.resources.limits.memory) },
      security_context: {
        namespace_options: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
        run_as_user: { value: runAsUser },
        run_as_group: { value: runAsGroup },
        supplemental_groups: [fsGroup],
        readonly_rootfs: readOnlyRootFilesystem,
        no_new_privs: !allowPrivilegeEscalation,
        capabilities: { drop_capabilities: capabilities.drop },
        seccomp: seccomp(seccompProfile),
      },
    },
  };
}

/** The number of the port that a container's readiness probe asks, and the path. */
export function readinessOf(spec: PodSpec): { readonly port: number; readonly path: string } {
  const [{ name, ports = [], readinessProbe }] = spec.containers;
  const port = ports.find((candidate) => candidate.name === readinessProbe?.httpGet.port)?.containerPort;
  if (readinessProbe === undefined || port === undefined) throw new Error(`the chart renders no readiness probe of ${name}`);
  return { port, path: readinessProbe.httpGet.path };
}

function environmentOf({ env = [] }: ContainerSpec, { name, namespace, environment }: PodPlace): readonly CriMessage[] {
  const fields: Readonly<Record<string, string>> = { 'metadata.name': name, 'metadata.namespace': namespace };
  const own = env.map((variable) => {
    const value = variable.value ?? fields[variable.valueFrom?.fieldRef.fieldPath ?? ''];
    if (value === undefined)
      throw new Error(`the chart renders the variable ${variable.name} from what this test does not know`);
    return { key: variable.name, value: Buffer.from(value) };
  });
  return [...Object.entries(environment).map(([key, value]) => ({ key, value: Buffer.from(value) })), ...own];
}

function bytesOf(quantity: string): number {
  const [, mebibytes] = /^(\d+)Mi$/.exec(quantity) ?? [];
  if (mebibytes === undefined) throw new Error(`the chart renders the memory limit ${quantity}, which is in no Mi`);
  return Number(mebibytes) * 1024 * 1024;
}
