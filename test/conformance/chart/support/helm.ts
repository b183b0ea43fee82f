import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import { chartFolder } from '../../../../scripts/render/manifests.ts';
import { readEnvironment } from '../../../controlplane/environment.ts';
import { run, type RunResult } from '../../../controlplane/run.ts';
import { helmProgram, type HelmMajor } from '../../../tools/helm.ts';

/** An object that the chart renders. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Values of the chart, as they are nested in values.yaml. */
export type Values = Readonly<Record<string, unknown>>;

export const helmMajors: readonly HelmMajor[] = [4, 3];
export const releaseNamespace = 'external-issuer-system';

/** All that must be set. */
const least: Values = { image: { repository: 'registry.example.com/external-issuer' } };
const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent' };

/** Runs helm, away from the settings of whoever runs the tests. */
export async function helm(major: HelmMajor, args: readonly string[], input?: string): Promise<RunResult> {
  const program = await helmProgram(major, readEnvironment(), process.stderr);
  return await run(program, args, { env, ...(input === undefined ? {} : { input }) });
}

/** Renders the chart with what must be set and the values, hooks included; without its CRDs, which take long. */
export async function template(values: Values, major: HelmMajor = 4): Promise<RunResult> {
  const all = { ...least, crds: { enabled: false }, ...values };
  const args = ['template', 'external-issuer', chartFolder, `--namespace=${releaseNamespace}`, '--values=-'];
  return await helm(major, args, JSON.stringify(all));
}

/** The objects that the chart renders with these values. */
export async function render(values: Values, major?: HelmMajor): Promise<readonly Rendered[]> {
  const { stdout, stderr, code } = await template(values, major);
  assert.equal(code, 0, stderr);
  return objectsIn(stdout);
}

/** What Helm says where it refuses the values. */
export async function refusal(values: Values, major?: HelmMajor): Promise<string> {
  const { stderr, code } = await template(values, major);
  assert.notEqual(code, 0, 'the values were taken');
  return stderr;
}

/** The objects of a YAML stream. */
export function objectsIn(yaml: string): readonly Rendered[] {
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

/** The only object of that kind whose name ends so. */
export function find(objects: readonly Rendered[], kind: string, ending = ''): Rendered {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name.endsWith(ending));
  assert.equal(found.length, 1, `${kind} ${ending}: ${found.map(({ metadata }) => metadata.name).join(', ')}`);
  return found[0] ?? assert.fail();
}

/** What is at a path: `spec.template.spec.containers.0.args`; a key with dots is in brackets. */
export function at(object: unknown, path: string): unknown {
  const keys = [...path.matchAll(/\[([^\]]+)\]|([^.[\]]+)/g)].map(([, bracketed, plain]) => bracketed ?? plain ?? '');
  return keys.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], object);
}
