import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { at, helm, objectsIn, releaseNamespace, render, type Rendered, type Values } from './support/helm.ts';
import { kubernetesSchemas, type KubernetesSchemas } from './support/kubernetes-schemas.ts';
import { chartFolder } from '../../../scripts/render/manifests.ts';

const versions = ['1.34', '1.35', '1.36'];
const monitoring = 'monitoring.coreos.com/v1';

async function everything(): Promise<Values> {
  return parse(await readFile(new URL('values/everything.yaml', import.meta.url), 'utf8')) as Values;
}

/** Values that together take every branch of the templates that a value can open. */
const valueSets: Readonly<Record<string, () => Promise<Values>>> = {
  'the defaults': async () => ({}),
  everything,
  'everything with a PodMonitor, cluster-wide reading and plain HTTP': async () => ({
    ...(await everything()),
    approver: { type: 'cert-manager' },
    rbac: { clusterWideReferences: true },
    metrics: { podMonitor: { enabled: true } },
    mockca: { enabled: true },
  }),
  'as little as possible': async () => ({
    replicas: 1,
    approver: { type: 'none' },
    metrics: { enabled: false },
    statusPage: { enabled: false },
    helmTest: { enabled: false },
    podDisruptionBudget: { enabled: false },
    serviceAccount: { create: false, name: 'pki' },
    topologySpreadConstraints: [],
    nodeSelector: { 'kubernetes.io/os': null },
  }),
};

describe('the objects that the chart renders', () => {
  const rendered = new Map<string, readonly Rendered[]>();
  const schemas = new Map<string, KubernetesSchemas>();
  before(async () => {
    for (const [name, values] of Object.entries(valueSets)) rendered.set(name, await render(await values()));
    const { stdout } = await helm(4, [
      'template',
      'x',
      chartFolder,
      `--namespace=${releaseNamespace}`,
      '--set=image.repository=x',
    ]);
    rendered.set(
      'the CRDs',
      objectsIn(stdout).filter(({ kind }) => kind === 'CustomResourceDefinition'),
    );
    for (const version of versions) schemas.set(version, await kubernetesSchemas(version));
  });

  for (const version of versions) {
    test(`are what Kubernetes ${version} takes, field by field`, () => {
      const { faults } = schemas.get(version) ?? assert.fail();
      for (const [name, objects] of rendered) {
        assert.ok(objects.length > 1, name);
        for (const object of objects.filter(({ apiVersion }) => apiVersion !== monitoring)) {
          assert.deepEqual(faults(object), [], `${name}: ${object.kind} ${object.metadata.name}`);
        }
      }
    });
  }

  test('would be found out: a wrong field, a wrong type, a missing one and an old version are', () => {
    const { faults } = schemas.get('1.36') ?? assert.fail();
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' } };
    assert.deepEqual(faults({ ...service, spec: { port: [] } } as typeof service), [
      'Service.spec.port: there is no such field',
    ]);
    const ports = [{ name: 8080 }];
    assert.deepEqual(faults({ ...service, spec: { ports } } as typeof service), [
      'Service.spec.ports[0].port: is missing',
      'Service.spec.ports[0].name: is no string or null',
    ]);
    assert.match(faults({ apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget' })[0] ?? '', /has no policy\/v1beta1/);
  });

  test('of the Prometheus operator have what it needs', () => {
    const all = [...rendered.values()].flat().filter(({ apiVersion }) => apiVersion === monitoring);
    const kinds = new Set(all.map(({ kind }) => kind));
    assert.deepEqual([...kinds].toSorted(), ['PodMonitor', 'PrometheusRule', 'ServiceMonitor']);
    for (const object of all) {
      if (object.kind === 'PrometheusRule') {
        const groups = at(object, 'spec.groups') as readonly { readonly name: string; readonly rules: readonly unknown[] }[];
        assert.ok(groups.length > 0 && groups.every(({ name, rules }) => name !== '' && rules.length > 0));
        continue;
      }
      const endpoints = object.kind === 'ServiceMonitor' ? 'endpoints' : 'podMetricsEndpoints';
      assert.deepEqual(Object.keys(object['spec'] as object).toSorted(), [endpoints, 'selector'].toSorted());
      assert.equal(at(object, `spec.${endpoints}.0.port`), 'metrics');
    }
  });
});
