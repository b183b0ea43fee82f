import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { readEnvironment } from '../controlplane/environment.ts';
import { run } from '../controlplane/run.ts';
import { helmProgram } from '../tools/helm.ts';
import type { PodSpec } from './pod-spec.ts';

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template?: { readonly spec: PodSpec } } & Partial<PodSpec>;
}

/** What the chart renders. */
export interface RenderedChart {
  readonly yaml: string;
  /** The pods of a Deployment, or the Pod, of that name. */
  podOf(kind: 'Deployment' | 'Pod', name: string): PodSpec;
}

/** Renders the chart for an image, with all that is optional and runs from it. */
export async function renderChart(
  namespace: string,
  image: { readonly repository: string; readonly tag: string },
): Promise<RenderedChart> {
  const chart = fileURLToPath(new URL('../../charts/external-issuer', import.meta.url));
  const helm = await helmProgram(4, readEnvironment(), process.stderr);
  const values = [
    `image.repository=${image.repository}`,
    `image.tag=${image.tag}`,
    'signers={pki,keyvault,secretca,mockca}',
    'mockca.enabled=true',
  ].map((value) => `--set=${value}`);
  const args = ['template', 'external-issuer', chart, `--namespace=${namespace}`, ...values];
  const { code, stdout, stderr } = await run(helm, args, { env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent' } });
  assert.equal(code, 0, stderr);
  const objects = parseAllDocuments(stdout).flatMap((document) => (document.toJS() as Rendered | null) ?? []);
  return {
    yaml: stdout,
    podOf(kind, name) {
      const spec = objects.find((object) => object.kind === kind && object.metadata.name === name)?.spec;
      const pod = kind === 'Deployment' ? spec?.template?.spec : spec;
      assert.ok(pod?.containers !== undefined, `the chart renders no ${kind} ${name}`);
      return pod as PodSpec;
    },
  };
}
