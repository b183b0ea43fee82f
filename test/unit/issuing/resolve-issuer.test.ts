import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { externalClusterIssuerNames, externalIssuerNames, type IssuerKindNames } from '../../../src/api/group.ts';
import type { IssuerSpec } from '../../../src/api/issuer.ts';
import type { ConfigMap, Secret } from '../../../src/api/resources.ts';
import type { KubeApiError } from '../../../src/kube/api-error.ts';
import { healthy } from './support/fake-signer.ts';
import { createIssuerWorld, secret, type IssuerWorld } from './support/issuer-world.ts';
import { apiError } from './support/scripted-client.ts';

const fromSecret = { signerType: 'fake', authSecretRef: { name: 'credentials' } };
const fromMap = { signerType: 'fake', configMapRef: { name: 'pki', key: 'pki.yaml' } };

function configMap(data: Record<string, string>): ConfigMap {
  return { metadata: { name: 'pki', resourceVersion: '30' }, data };
}

function inNamespace(namespace: string): IssuerSpec {
  return { signerType: 'fake', authSecretRef: { name: 'credentials', namespace } };
}

interface Problem {
  readonly what: string;
  readonly spec: IssuerSpec;
  readonly kind?: IssuerKindNames;
  readonly referenced?: readonly (readonly [string, Secret | ConfigMap | KubeApiError])[];
  readonly ready: RegExp;
}

const problems: readonly Problem[] = [
  {
    what: 'Failed where a field is wrong, which is named',
    spec: { signerType: 'fake', fake: { level: 12 } },
    ready: /^False Failed: ConfigError: spec\.fake\.level: must be at most 9$/,
  },
  {
    what: 'Failed where its signer is not known',
    spec: { signerType: 'nothing' },
    ready: /^False Failed: ConfigError: spec\.signerType: must be one of fake, other/,
  },
  {
    what: 'Failed where its signer is switched off',
    spec: { signerType: 'other' },
    ready: /^False Failed: ConfigError: spec\.signerType: other is switched off here; --signers of the controller allows fake$/,
  },
  {
    what: 'Failed where it names another namespace than its own; both are named',
    spec: inNamespace('team-b'),
    ready: /^False Failed: ConfigError: spec\.authSecretRef\.namespace: is "team-b", .* its own namespace "team-a"/,
  },
  {
    what: 'Failed where a cluster issuer names a namespace nobody allowed; those allowed are named',
    spec: inNamespace('team-b'),
    kind: externalClusterIssuerNames,
    ready:
      /^False Failed: ConfigError: spec\.authSecretRef\.namespace: is "team-b", .* only refer to "pki-system", "pki-shared"/,
  },
  {
    what: 'Pending where its Secret is missing, named with its namespace',
    spec: fromSecret,
    ready:
      /^False Pending: ReferenceNotFound: spec\.authSecretRef names Secret "credentials" in namespace "team-a", which does not exist/,
  },
  {
    what: 'Pending where the Secret of a cluster issuer is missing in the namespace of the cluster resources',
    spec: fromSecret,
    kind: externalClusterIssuerNames,
    ready: /^False Pending: ReferenceNotFound: .*Secret "credentials" in namespace "pki-system"/,
  },
  {
    what: 'Pending where its ConfigMap is missing',
    spec: fromMap,
    ready: /^False Pending: ReferenceNotFound: spec\.configMapRef names ConfigMap "pki" in namespace "team-a"/,
  },
  {
    what: 'Pending where it may not read its Secret, with the Role that is missing',
    spec: fromSecret,
    referenced: [['Secret team-a/credentials', apiError('Forbidden')]],
    ready:
      /^False Pending: ReferenceForbidden: .*Secret "credentials" in namespace "team-a".*Bind a Role .* on secrets .*external-issuer-refs-reader/,
  },
  ...['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1'].map((type) => ({
    what: `Failed where its Secret is of type ${type}`,
    spec: fromSecret,
    referenced: [['Secret team-a/credentials', secret('s3cret', '40', type)]] as const,
    ready: new RegExp(`^False Failed: ConfigError: spec\\.authSecretRef names Secret "credentials" .* of type ${type}`),
  })),
  {
    what: 'Failed where its ConfigMap lacks the key, with the keys it has',
    spec: fromMap,
    referenced: [['ConfigMap team-a/pki', configMap({ a: '', b: '' })]],
    ready:
      /^False Failed: ConfigError: spec\.configMapRef\.key: ConfigMap "pki" in namespace "team-a" has no key "pki\.yaml"; it has a, b\. Set spec\.configMapRef\.key to the one that holds the configuration$/,
  },
  {
    what: 'Failed where the document in its ConfigMap has a key nobody knows',
    spec: fromMap,
    referenced: [['ConfigMap team-a/pki', configMap({ 'pki.yaml': 'levle: 3' })]],
    ready:
      /^False Failed: ConfigError: ConfigMap "pki" in namespace "team-a", key "pki\.yaml": fake: unknown key "levle"; did you mean "level"/,
  },
];

function worldOf({ spec, kind, referenced = [] }: Omit<Problem, 'what' | 'ready'>): IssuerWorld {
  const world = createIssuerWorld(spec, kind);
  for (const [at, object] of referenced) world.referenced.set(at, object);
  return world;
}

describe('an issuer', () => {
  for (const { what, ready, ...given } of problems) {
    test(`is ${what}`, async () => {
      const world = worldOf(given);
      world.enabled.delete('other');
      world.expectApply();
      world.expectApply();
      assert.deepEqual(await world.reconcile(), { requeueAfterMs: 5000 });
      assert.match(world.ready() ?? '', ready);
      assert.deepEqual(world.opened, []);
      assert.equal(world.queueRequest('waiting'), 'queued');
      assert.deepEqual(
        world.told.map(({ type }) => type),
        ['Warning'],
      );
      world.watch();
      assert.deepEqual(await world.reconcile(), { requeueAfterMs: 10_000 });
      assert.equal(world.told.length, 1);
      world.done();
    });
  }

  const refs: readonly (readonly [string, IssuerSpec, IssuerKindNames, string])[] = [
    ['its own namespace', fromSecret, externalIssuerNames, 'team-a'],
    ['its own namespace, though it names it', inNamespace('team-a'), externalIssuerNames, 'team-a'],
    [
      'its own namespace, by the short form',
      { signerType: 'fake', authSecretName: 'credentials' },
      externalIssuerNames,
      'team-a',
    ],
    ['the namespace of cluster resources', fromSecret, externalClusterIssuerNames, 'pki-system'],
    ['an allowed namespace', inNamespace('pki-shared'), externalClusterIssuerNames, 'pki-shared'],
  ];
  for (const [what, spec, kind, expected] of refs) {
    test(`reads its Secret from ${what}, and follows it`, async () => {
      const at = [`Secret ${expected}/credentials`, secret('s3cret', '40')] as const;
      const world = worldOf({ spec, kind, referenced: [at] });
      world.signer.checks.push(healthy);
      world.expectApply();
      world.expectApply();
      await world.reconcile();
      assert.match(world.ready() ?? '', /^True Checked/);
      const [reference, ...others] = world.followed;
      assert.deepEqual(others, []);
      assert.deepEqual(
        [reference?.kind, reference?.namespace, reference?.name, reference?.resourceVersion],
        ['Secret', expected, 'credentials', '40'],
      );
    });
  }

  test('is configured by a document in JSON or YAML, and follows both its references', async () => {
    for (const document of ['level: 3\n', '{"level": 3}']) {
      const world = worldOf({
        spec: { ...fromMap, authSecretRef: { name: 'credentials' } },
        referenced: [
          ['ConfigMap team-a/pki', configMap({ 'pki.yaml': document })],
          ['Secret team-a/credentials', secret('s3cret', '40')],
        ],
      });
      world.signer.checks.push(healthy);
      world.expectApply();
      world.expectApply();
      await world.reconcile();
      assert.deepEqual(world.opened[0]?.config, { level: 3 });
      assert.deepEqual(
        world.followed.map(({ kind, resourceVersion }) => `${kind} ${resourceVersion}`),
        ['ConfigMap 30', 'Secret 40'],
      );
    }
  });

  const versions: readonly (readonly [string, Secret | KubeApiError | undefined, string | undefined])[] = [
    ['none where there is none', undefined, ''],
    ['that of a Secret it refuses', secret('s3cret', '40', 'helm.sh/release.v1'), '40'],
    ['unknown where it may not be read', apiError('Forbidden'), undefined],
  ];
  for (const [what, object, version] of versions) {
    test(`follows what it cannot use with the version it saw: ${what}`, async () => {
      const world = worldOf({
        spec: fromSecret,
        referenced: object === undefined ? [] : [['Secret team-a/credentials', object]],
      });
      world.expectApply();
      world.expectApply();
      await world.reconcile();
      assert.deepEqual(
        world.followed.map(({ resourceVersion }) => resourceVersion),
        [version],
      );
    });
  }

  test('stays as it is where the API server does not answer for its Secret', async () => {
    const world = worldOf({ spec: fromSecret, referenced: [['Secret team-a/credentials', secret('s3cret', '40')]] });
    world.signer.checks.push(healthy);
    world.expectApply();
    world.expectApply();
    await world.reconcile();
    world.watch();
    world.referenced.set('Secret team-a/credentials', apiError('Unreachable'));
    await assert.rejects(world.reconcile(), { code: 'Unreachable' });
    assert.equal(world.queueRequest('request'), 'signer');
    assert.match(world.ready() ?? '', /^True Checked/);
    world.done();
  });
});
