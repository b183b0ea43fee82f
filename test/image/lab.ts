import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../controlplane/controlplane.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { currentCluster, mustKubectl } from '../controlplane/kubectl.ts';
import { createProcessGroup } from '../controlplane/processes.ts';
import type { ControlPlane } from '../controlplane/types.ts';
import type { SuiteEnd } from '../e2e/support/suite.ts';
import { importImage } from '../pods/image.ts';
import { prepareSandbox, serveKubernetesService } from '../pods/sandbox.ts';
import type { PodSpec } from './pod-spec.ts';
import { containerPrograms } from './programs.ts';
import { renderChart, type RenderedChart } from './rendered-chart.ts';
import { startRuntime, type RunningPod } from './runtime.ts';

/** Where the chart is rendered for. */
export const namespace = 'external-issuer-system';

/** A control plane that has what the chart renders, and a containerd that runs its pods. */
export interface ImageLab {
  readonly plane: ControlPlane;
  readonly chart: RenderedChart;
  /** @throws with what kubectl said. */
  apply(yaml: string): Promise<void>;
  /** Starts a pod, with the token of its ServiceAccount where it is to have one. */
  run(name: string, spec: PodSpec): Promise<RunningPod>;
  stop(end: SuiteEnd): Promise<void>;
}

/** Starts both in the namespaces of this process. */
export async function openImageLab(): Promise<ImageLab> {
  const programs = await containerPrograms(readEnvironment(), process.stderr);
  await prepareSandbox();
  const group = createProcessGroup();
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-test-image-'));
  const plane = await startControlPlane();
  const service = await serveKubernetesService(Number(new URL(plane.server).port));
  const runtime = await startRuntime(programs, folder, group);
  const chart = await renderChart(namespace, await importImage(runtime.containerd));
  const apply = async (yaml: string): Promise<void> =>
    void (await mustKubectl(plane.kubectl, ['apply', '--server-side', '--filename=-'], yaml));
  await mustKubectl(plane.kubectl, ['create', 'namespace', namespace]);
  await apply(chart.yaml);

  async function tokenFiles(account: string): Promise<string> {
    const token = await mustKubectl(plane.kubectl, ['create', 'token', account, `--namespace=${namespace}`]);
    const ca = String((await currentCluster(plane.kubectl))['certificate-authority-data']);
    const files = join(folder, 'tokens', account);
    await mkdir(files, { recursive: true });
    await chmod(files, 0o755);
    for (const [name, content] of Object.entries({ token: token.trim(), namespace, 'ca.crt': Buffer.from(ca, 'base64') })) {
      await writeFile(join(files, name), content, { mode: 0o644 });
    }
    return files;
  }

  return {
    plane,
    chart,
    apply,
    async run(name, spec) {
      const { automountServiceAccountToken: mounted, serviceAccountName: account } = spec;
      const token = mounted !== false && account !== undefined ? { token: await tokenFiles(account) } : {};
      const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
      return await runtime.run(spec, { name, namespace, environment, ...token });
    },
    async stop({ failed }) {
      await runtime.stop();
      service.close();
      await plane.stop({ keepFiles: failed });
      group.close();
      if (failed) process.stderr.write(`test-image: the logs of containerd and of the pods are kept in ${folder}\n`);
      else await rm(folder, { recursive: true, force: true });
    },
  };
}
