import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { commandNamed } from '../../unit/support/program.ts';
import { at, find, helmMajors, releaseNamespace, render, type Rendered, type Values } from './support/helm.ts';

type Check = readonly [path: string, expected: unknown];
const controller = 'spec.template.spec.containers.0';
const digest = `sha256:${'0'.repeat(64)}`;
const toleration = { key: 'pki', operator: 'Exists' };

/** Values, the object that they change (kind and how its name ends), and what is in it then. */
const cases: readonly (readonly [string, Values, readonly [kind: string, ending: string], readonly Check[]])[] = [
  [
    'the defaults make two replicas that are replaced one by one',
    {},
    ['Deployment', '-controller'],
    [
      ['spec.replicas', 2],
      ['spec.strategy.rollingUpdate', { maxSurge: 1, maxUnavailable: 0 }],
      [`${controller}.image`, 'registry.example.com/external-issuer:0.1.0'],
      [`${controller}.livenessProbe.httpGet`, { path: '/healthz', port: 'probes' }],
      [`${controller}.readinessProbe.httpGet`, { path: '/readyz', port: 'probes' }],
      [`${controller}.env.1.valueFrom.fieldRef.fieldPath`, 'metadata.namespace'],
      ['spec.template.spec.topologySpreadConstraints.0.labelSelector.matchLabels[app.kubernetes.io/component]', 'controller'],
      ['spec.template.metadata.labels[azure.workload.identity/use]', undefined],
    ],
  ],
  [
    'a digest says what runs',
    { image: { repository: 'r/x', tag: 'v1', digest } },
    ['Deployment', '-controller'],
    [[`${controller}.image`, `r/x:v1@${digest}`]],
  ],
  [
    'workload identity labels the pods, and other ids replace them',
    { workloadIdentity: { enabled: true, clientId: '00000000-0000-0000-0000-000000000001' } },
    ['Deployment', '-controller'],
    [
      ['spec.template.metadata.labels[azure.workload.identity/use]', 'true'],
      ['spec.template.metadata.annotations[external-issuer.io/workload-identity]', '/00000000-0000-0000-0000-000000000001'],
    ],
  ],
  [
    'workload identity annotates the ServiceAccount',
    {
      workloadIdentity: {
        enabled: true,
        clientId: '00000000-0000-0000-0000-000000000001',
        tenantId: '00000000-0000-0000-0000-000000000002',
      },
    },
    ['ServiceAccount', '-controller'],
    [
      ['metadata.annotations[azure.workload.identity/client-id]', '00000000-0000-0000-0000-000000000001'],
      ['metadata.annotations[azure.workload.identity/tenant-id]', '00000000-0000-0000-0000-000000000002'],
      ['automountServiceAccountToken', false],
    ],
  ],
  [
    'a constraint of your own keeps its labelSelector',
    { topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }] },
    ['Deployment', '-controller'],
    [
      [
        'spec.template.spec.topologySpreadConstraints',
        [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }],
      ],
    ],
  ],
  ...[true, false].map(
    (keep) =>
      [
        `the CRDs ${keep ? 'outlive' : 'end with'} the release where crds.keep is ${keep}`,
        { crds: { enabled: true, keep } },
        ['CustomResourceDefinition', 'externalissuers.external-issuer.io'],
        [['metadata.annotations[helm.sh/resource-policy]', keep ? 'keep' : undefined]],
      ] as const,
  ),
  [
    'a budget lets one replica go',
    {},
    ['PodDisruptionBudget', '-controller'],
    [
      ['spec.maxUnavailable', 1],
      ['spec.unhealthyPodEvictionPolicy', 'AlwaysAllow'],
      ['spec.selector.matchLabels[app.kubernetes.io/component]', 'controller'],
    ],
  ],
  [
    'the built-in approver has an account of its own',
    { approver: { type: 'built-in', replicas: 3 }, tolerations: [toleration], priorityClassName: 'high' },
    ['Deployment', '-approver'],
    [
      ['spec.replicas', 3],
      ['spec.template.spec.serviceAccountName', 'external-issuer-approver'],
      ['spec.template.spec.tolerations', [toleration]],
      ['spec.template.spec.priorityClassName', 'high'],
      ['spec.selector.matchLabels[app.kubernetes.io/component]', 'approver'],
    ],
  ],
  [
    'the metrics of every replica are found, over TLS where it is on',
    { metrics: { secure: { enabled: true }, serviceMonitor: { enabled: true, endpoint: { tlsConfig: { serverName: 'x' } } } } },
    ['ServiceMonitor', ''],
    [
      ['spec.endpoints.0.scheme', 'https'],
      ['spec.endpoints.0.tlsConfig', { serverName: 'x' }],
      ['spec.selector.matchExpressions.0.values', ['controller', 'approver']],
    ],
  ],
  [
    'the mock CA server keeps its CA in a Secret',
    { mockca: { enabled: true, caSecretName: 'ca', port: 9000 } },
    ['Deployment', '-mockca'],
    [
      ['spec.replicas', 1],
      [`${controller}.args.4`, '--ca-dir=/etc/external-issuer/ca'],
      ['spec.template.spec.volumes.0.secret.secretName', 'ca'],
      ['spec.template.spec.automountServiceAccountToken', false],
    ],
  ],
  [
    'its Service has the port that was asked for',
    { mockca: { enabled: true, port: 9000 } },
    ['Service', '-mockca'],
    [['spec.ports.0.port', 9000]],
  ],
  [
    'the dashboard is a ConfigMap that Grafana finds',
    { metrics: { dashboard: { enabled: true } } },
    ['ConfigMap', '-dashboard'],
    [['metadata.labels.grafana_dashboard', '1']],
  ],
];

function argsOf(deployment: Rendered): readonly string[] {
  return at(deployment, `${controller}.args`) as readonly string[];
}

describe('what the chart renders', () => {
  for (const [what, values, [kind, ending], checks] of cases) {
    test(what, async () => {
      const object = find(
        (await render(values)).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined),
        kind,
        ending,
      );
      for (const [path, expected] of checks) assert.deepEqual(at(object, path), expected, path);
    });
  }

  test('has no object of a part that is off', async () => {
    const names = (await render({ approver: { type: 'none' }, helmTest: { enabled: false }, metrics: { enabled: false } })).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );
    assert.deepEqual(
      names.filter((name) => /approver$|mockca|-test|Service |NetworkPolicy|Monitor|Rule|ConfigMap/.test(name)),
      ['ClusterRole external-issuer-csr-approver'],
    );
  });

  test('is the same with both versions of Helm', async () => {
    const [four, three] = await Promise.all(helmMajors.map(async (major) => await render({}, major)));
    assert.deepEqual(four, three);
  });

  test('is selected by labels that another release, another version and another part have not', async () => {
    const objects = await render({ approver: { type: 'built-in' }, mockca: { enabled: true } });
    const deployments = objects.filter(({ kind }) => kind === 'Deployment');
    const selectors = deployments.map((object) => JSON.stringify(at(object, 'spec.selector.matchLabels')));
    assert.equal(new Set(selectors).size, 3);
    for (const object of deployments) {
      const labels = at(object, 'spec.template.metadata.labels') as Readonly<Record<string, string>>;
      assert.equal(labels['app.kubernetes.io/instance'], 'external-issuer');
      assert.equal(labels['app.kubernetes.io/version'], undefined, 'pods are not replaced for a label');
      const selected = at(object, 'spec.selector.matchLabels') as Readonly<Record<string, string>>;
      for (const [label, value] of Object.entries(selected)) assert.equal(labels[label], value);
    }
  });
});

describe('every pod that the chart renders', () => {
  let pods: readonly (readonly [string, unknown])[];
  before(async () => {
    const everything = parse(await readFile(new URL('values/everything.yaml', import.meta.url), 'utf8')) as Values;
    pods = (await render(everything)).flatMap((object) => {
      const spec = object.kind === 'Pod' ? object['spec'] : at(object, 'spec.template.spec');
      return spec === undefined ? [] : [[object.metadata.name, spec] as const];
    });
    assert.deepEqual(pods.map(([name]) => name).toSorted(), [
      'external-issuer-approver',
      'external-issuer-controller',
      'external-issuer-mockca',
      'external-issuer-test',
    ]);
  });

  test('runs without root, without capabilities, and writes to no file of its own', () => {
    for (const [name, spec] of pods) {
      assert.deepEqual(
        at(spec, 'securityContext'),
        {
          runAsNonRoot: true,
          runAsUser: 65_532,
          runAsGroup: 65_532,
          fsGroup: 65_532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        name,
      );
      assert.deepEqual(
        at(spec, 'containers.0.securityContext'),
        { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        name,
      );
      assert.equal(at(spec, 'containers.0.command'), undefined, 'the image says what runs; it has no shell');
    }
  });

  test('is started with flags that its command knows, each once', () => {
    for (const [name, spec] of pods) {
      const [command = '', ...args] = at(spec, 'containers.0.args') as readonly string[];
      const known = commandNamed(command).options.map(({ long }) => long);
      const flags = args.map((arg) => arg.replace(/=.*/, ''));
      for (const flag of flags) assert.ok(known.includes(flag), `${name}: ${flag}`);
      assert.equal(new Set(flags).size, flags.length, name);
    }
  });

  test('of controller and approver elects a leader', async () => {
    const objects = await render({ replicas: 1, approver: { type: 'built-in', replicas: 1 } });
    for (const ending of ['-controller', '-approver']) {
      assert.ok(argsOf(find(objects, 'Deployment', ending)).includes('--leader-elect'), ending);
    }
    assert.ok(objects.every(({ metadata }) => (metadata.namespace ?? releaseNamespace) === releaseNamespace));
  });
});
