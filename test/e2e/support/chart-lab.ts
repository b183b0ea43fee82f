import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartFolder } from '../../../scripts/render/manifests.ts';
import { controllerNamespace } from '../../../src/api/group.ts';
import { startControlPlane } from '../../controlplane/controlplane.ts';
import { readEnvironment } from '../../controlplane/environment.ts';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import { run } from '../../controlplane/run.ts';
import type { ControlPlane } from '../../controlplane/types.ts';
import { helmProgram, type HelmMajor } from '../../tools/helm.ts';
import { stopPlane } from './failure-report.ts';
import type { SuiteEnd } from './suite.ts';

/** A control plane with nothing of this project in it, and Helm. */
export interface ChartLab {
  readonly plane: ControlPlane;
  /** The standard output of kubectl. @throws where it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** The standard output of helm, for the release in the namespace of the controller. @throws where it fails. */
  helm(major: HelmMajor, command: string, ...args: readonly string[]): Promise<string>;
  /** Installs or upgrades the release with these values. */
  deploy(
    major: HelmMajor,
    command: 'install' | 'upgrade',
    values: Readonly<Record<string, unknown>>,
    ...flags: readonly string[]
  ): Promise<string>;
  /** What identifies every issuer and CRD: two lists are the same where none was lost or made anew. */
  uids(): Promise<readonly string[]>;
  /** Applies what was shipped before there was a chart, with CRDs that are not those of today in every word. */
  applyBefore(): Promise<void>;
  close(end: SuiteEnd): Promise<void>;
}

/** Stands for the Prometheus operator: its kinds, whatever is in them. */
const monitoringKinds = ['ServiceMonitor', 'PodMonitor', 'PrometheusRule'];
export const releaseName = 'external-issuer';

/** Starts the control plane, and makes the namespaces, of which that of the controller enforces the restricted standard. */
export async function openChartLab(namespaces: readonly string[]): Promise<ChartLab> {
  const plane = await startControlPlane();
  const kubectl: ChartLab['kubectl'] = async (args, input) => await mustKubectl(plane.kubectl, args, input);
  const helm: ChartLab['helm'] = async (major, command, ...args) => {
    const program = await helmProgram(major, readEnvironment(), process.stderr);
    const env = { PATH: '/usr/bin:/bin', HOME: plane.dir, KUBECONFIG: plane.kubeconfigPath };
    const all = [command, ...args, `--namespace=${controllerNamespace}`];
    const { stdout, stderr, code } = await run(program, all, { env });
    if (code === 0) return stdout;
    throw new Error(`helm ${major} ${command} failed: ${stderr.trim().slice(0, 3000)}`);
  };
  const objects = [...[controllerNamespace, ...namespaces].map(namespace), ...monitoringKinds.map(looseCrd)];
  await kubectl(['apply', '--server-side', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  // Not applied: what is applied next would take the label away.
  await kubectl(['label', 'namespace', controllerNamespace, 'pod-security.kubernetes.io/enforce=restricted']);
  return {
    plane,
    kubectl,
    helm,
    async deploy(major, command, values, ...flags) {
      const file = join(plane.dir, 'values.json');
      await writeFile(file, JSON.stringify(values));
      return await helm(major, command, releaseName, chartFolder, `--values=${file}`, ...flags);
    },
    async uids() {
      const kinds = 'customresourcedefinitions,externalissuers,externalclusterissuers';
      const columns = '-o=custom-columns=KIND:.kind,NAME:.metadata.name,UID:.metadata.uid,END:.metadata.deletionTimestamp';
      const lines = (await kubectl(['get', kinds, '--all-namespaces', '--no-headers', columns])).split('\n');
      return lines.filter((line) => /external-issuer\.io|External/.test(line)).toSorted();
    },
    async applyBefore() {
      const crds = await readFile(new URL('../../../deploy/crds.yaml', import.meta.url), 'utf8');
      const older = crds.replaceAll('description: What signs', 'description: In those days, what signed');
      const apply = ['apply', '--server-side', '--force-conflicts'];
      await kubectl([...apply, '--filename=-'], older);
      const before = fileURLToPath(new URL('before-chart', import.meta.url));
      await kubectl([...apply, `--filename=${before}`]);
    },
    close: async (end) => await stopPlane(plane, end),
  };
}

function namespace(name: string): unknown {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function looseCrd(kind: string): unknown {
  const plural = `${kind.toLowerCase()}s`;
  const group = 'monitoring.coreos.com';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
