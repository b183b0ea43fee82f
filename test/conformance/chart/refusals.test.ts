import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { helm, helmMajors, refusal, template, type Values } from './support/helm.ts';
import { chartFolder } from '../../../scripts/render/manifests.ts';

/** What is refused by the templates, each with what the message says. */
const combinations: readonly (readonly [string, Values, RegExp])[] = [
  ['no image', { image: { repository: '' } }, /image\.repository: is not set.*docs\/image\.md.*set image\.repository=/],
  ['no ServiceAccount', { serviceAccount: { create: false } }, /serviceAccount\.name: is not set.*or let the chart make it/],
  [
    'no ServiceAccount of the approver',
    { approver: { type: 'built-in', serviceAccount: { create: false } } },
    /approver\.serviceAccount\.name: is not set/,
  ],
  [
    'an approver that can sign',
    { approver: { type: 'built-in', serviceAccount: { name: 'external-issuer-controller' } } },
    /approver\.serviceAccount\.name: is that of the controller too/,
  ],
  [
    'an identity that is not switched on',
    { workloadIdentity: { clientId: '00000000-0000-0000-0000-000000000001' } },
    /workloadIdentity\.enabled: is false, but/,
  ],
  [
    'an identity on a ServiceAccount that is made elsewhere',
    {
      serviceAccount: { create: false, name: 'ours' },
      workloadIdentity: { enabled: true, clientId: '00000000-0000-0000-0000-000000000001' },
    },
    /workloadIdentity\.clientId: .*serviceAccount\.create is false; annotate it.*azure\.workload\.identity\/client-id/,
  ],
  [
    'namespaces beside all of them',
    { rbac: { clusterWideReferences: true, issuerNamespaces: ['team-a'] } },
    /rbac\.issuerNamespaces: says nothing beside rbac\.clusterWideReferences=true/,
  ],
  [
    'metrics over TLS without metrics',
    { metrics: { enabled: false, secure: { enabled: true } } },
    /metrics\.secure\.enabled: there is no port to secure.*set metrics\.enabled=true/,
  ],
  [
    'a certificate that is not used',
    { metrics: { secure: { certificateSecretName: 'tls' } } },
    /metrics\.secure\.certificateSecretName: is set, but.*set metrics\.secure\.enabled=true/,
  ],
  ...['serviceMonitor', 'podMonitor', 'prometheusRule', 'dashboard'].map(
    (part) =>
      [
        `${part} without metrics`,
        { metrics: { enabled: false, [part]: { enabled: true } } },
        new RegExp(`metrics\\.${part}\\.enabled: there is nothing to see.*set metrics\\.enabled=true`),
      ] as const,
  ),
  [
    'two monitors',
    { metrics: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } },
    /metrics\.podMonitor\.enabled: .* scraped twice; keep one/,
  ],
  [
    'a ServiceMonitor without Service',
    { metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } } },
    /metrics\.serviceMonitor\.enabled: needs the Service/,
  ],
  [
    'a PodMonitor without a token',
    { metrics: { secure: { enabled: true }, podMonitor: { enabled: true } } },
    /metrics\.podMonitor\.endpoint\.authorization: is not set/,
  ],
  [
    'a network without the API server',
    { networkPolicy: { enabled: true } },
    /networkPolicy\.apiServer\.cidrs: is empty.*kubectl get endpointslices/,
  ],
  [
    'leader election switched off',
    { extraArgs: ['--leader-elect=false'] },
    /extraArgs: --leader-elect is set by the chart; use nothing/,
  ],
  ['a flag that a value sets', { extraArgs: ['--signers=pki'] }, /extraArgs: --signers is set by the chart; use signers/],
  [
    'such a flag of the approver',
    { approver: { type: 'built-in', extraArgs: ['--log-level=debug'] } },
    /approver\.extraArgs: --log-level is set by the chart; use logLevel/,
  ],
];

/** What the schema refuses, with what Helm 4 names. Helm 3 names the same path in other words. */
const wrongValues: readonly (readonly [string, Values, string])[] = [
  ['an unknown value', { replica: 2 }, 'replica'],
  ['an unknown value below', { crds: { install: true } }, 'install'],
  ['an unknown signer', { signers: ['vault'] }, 'signers'],
  ['no signer', { signers: [] }, 'signers'],
  ['an unknown kind of request', { requestKinds: ['Certificate'] }, 'requestKinds'],
  ['two approvers', { approver: { type: ['cert-manager', 'built-in'] } }, 'approver'],
  ['an unknown approver', { approver: { type: 'policy' } }, 'approver'],
  ['no replica', { replicas: 0 }, 'replicas'],
  ['a number as text', { replicas: '2' }, 'replicas'],
  ['a tag in the name of the image', { image: { repository: 'registry.example.com/external-issuer:1' } }, 'repository'],
  ['a digest that is none', { image: { digest: 'latest' } }, 'digest'],
  ['a budget that drains nothing', { podDisruptionBudget: { maxUnavailable: 0 } }, 'maxUnavailable'],
  ['a budget that drains nothing, in percent', { podDisruptionBudget: { maxUnavailable: '0%' } }, 'maxUnavailable'],
  ['an address without its prefix', { networkPolicy: { ca: [{ cidr: '10.0.0.1' }] } }, 'cidr'],
  ['a name of a namespace that is none', { clusterResourceNamespace: 'PKI' }, 'clusterResourceNamespace'],
  ['a port for root', { metrics: { port: 80 } }, 'port'],
  ['a proxy without its scheme', { proxy: { httpsProxy: 'proxy.example.com:3128' } }, 'httpsProxy'],
  ['a flag without dashes', { extraArgs: ['log-level=debug'] }, 'extraArgs'],
];

describe('the chart', () => {
  for (const major of helmMajors) {
    test(`passes the strict lint of Helm ${major}`, async () => {
      const { stdout, stderr, code } = await helm(major, ['lint', '--strict', chartFolder]);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
    });
  }

  for (const [what, values, message] of combinations) {
    test(`refuses ${what}, and says what to do`, async () => assert.match(await refusal(values), message));
  }

  for (const [what, values, field] of wrongValues) {
    test(`refuses ${what} by its schema, and says where`, async () => {
      const said = await refusal(values);
      assert.match(said, /values don't meet the specifications of the schema/);
      assert.match(said.slice(said.indexOf('schema')), new RegExp(`\\b${field}\\b`));
    });
  }

  test('refuses the same with Helm 3', async () => {
    assert.match(await refusal({ replica: 2 }, 3), /Additional property replica is not allowed/);
    assert.match(await refusal({ image: { repository: '' } }, 3), /image\.repository: is not set/);
  });

  test('takes the values that a chart which it is a part of hands on', async () => {
    assert.equal((await template({ global: { registry: 'registry.example.com' } })).code, 0);
  });
});
