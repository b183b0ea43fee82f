import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { externalClusterIssuerNames } from '../../../src/api/group.ts';
import type { IssuerSpec } from '../../../src/api/issuer.ts';
import type { ConfigMap } from '../../../src/api/resources.ts';
import type { WantedReference } from '../../../src/signers/definition.ts';
import { healthy } from './support/fake-signer.ts';
import { checked, createIssuerWorld, secret, type IssuerWorld } from './support/issuer-world.ts';

const spec: IssuerSpec = { signerType: 'fake' };
const mapped: IssuerSpec = { signerType: 'fake', configMapRef: { name: 'pki' } };
const ca: WantedReference = { id: 'tls.ca', kind: 'Secret', field: 'tls.caSecretRef', name: 'ca' };
const bundle: WantedReference = { id: 'bundle', kind: 'ConfigMap', field: 'tls.caConfigMapRef', name: 'bundle' };

function configMap(data: Record<string, string>): ConfigMap {
  return { metadata: { name: 'pki', resourceVersion: '30' }, data };
}

function worldOf(given: IssuerSpec, wanted: readonly WantedReference[] = [], data?: Record<string, string>): IssuerWorld {
  const world = createIssuerWorld(given);
  world.wanted = wanted;
  if (data !== undefined) world.referenced.set('ConfigMap team-a/pki', configMap(data));
  return world;
}

/** What an issuer that cannot be used says. */
async function saysOf(world: IssuerWorld): Promise<string> {
  world.expectApply();
  world.expectApply();
  await world.reconcile();
  return world.ready() ?? '';
}

describe('what the configuration of an issuer names', () => {
  test('is read where the issuer is, given to the signer by its id, and followed', async () => {
    const world = worldOf(spec, [ca, bundle]);
    world.referenced.set('Secret team-a/ca', secret('PEM', '40'));
    world.referenced.set('ConfigMap team-a/bundle', configMap({ 'ca.crt': 'PEM' }));
    await checked(world);
    const { references } = world.opened[0] ?? assert.fail();
    assert.deepEqual([...references.keys()], ['tls.ca', 'bundle']);
    assert.equal(references.get('tls.ca')?.where, 'Secret "ca" in namespace "team-a"');
    assert.deepEqual(references.get('tls.ca')?.data.get('token'), Buffer.from('PEM'));
    const followed = world.followed.map(({ kind, namespace, name, field }) => `${kind} ${namespace}/${name} ${field}`);
    assert.deepEqual(followed, [
      'Secret team-a/ca spec.fake.tls.caSecretRef',
      'ConfigMap team-a/bundle spec.fake.tls.caConfigMapRef',
    ]);
  });

  test('is read for a cluster issuer where its references are, and so are its tokens made', async () => {
    const world = createIssuerWorld(spec, externalClusterIssuerNames);
    world.wanted = [ca];
    world.referenced.set('Secret pki-system/ca', secret('PEM', '40'));
    await checked(world);
    const { references, issuer, requestToken } = world.opened[0] ?? assert.fail();
    assert.equal(references.size, 1);
    assert.deepEqual(issuer, { kind: 'ExternalClusterIssuer', name: 'ca' });
    const token = await requestToken?.({ serviceAccount: 'a', audience: 'b' }, new AbortController().signal);
    assert.equal(token?.ok === false && token.error.message, 'pki-system');
  });

  const problems: readonly (readonly [string, IssuerWorld, RegExp])[] = [
    [
      'that is missing, with the field of the spec',
      worldOf(spec, [ca]),
      /^False Pending: ReferenceNotFound: spec\.fake\.tls\.caSecretRef names Secret "ca" in namespace "team-a", which does not exist/,
    ],
    [
      'that is missing, with the place in the ConfigMap',
      worldOf(mapped, [ca], { 'pki-config.json': '{}' }),
      /ReferenceNotFound: ConfigMap "pki" in namespace "team-a", key "pki-config\.json": fake\.tls\.caSecretRef names Secret "ca"/,
    ],
    [
      'in another namespace, though it is a ConfigMap that says so',
      worldOf(mapped, [{ ...ca, namespace: 'team-b' }], { 'pki-config.json': '{}' }),
      /^False Failed: ConfigError: ConfigMap "pki" .*: fake\.tls\.caSecretRef\.namespace: is "team-b", .* its own namespace "team-a"/,
    ],
  ];
  for (const [what, world, message] of problems) {
    test(`is refused, or waited for, ${what}`, async () => {
      assert.match(await saysOf(world), message);
      assert.deepEqual(world.opened, []);
      world.done();
    });
  }

  test('opens the signer anew where its bytes change, and not where only its version does', async () => {
    const world = worldOf(spec, [ca]);
    for (const [token, version, opened] of [
      ['old', '40', 1],
      ['old', '41', 1],
      ['new', '42', 2],
    ] as const) {
      world.referenced.set('Secret team-a/ca', secret(token, version));
      if (version === '40') await checked(world);
      else {
        world.signer.checks.push(healthy);
        await world.reconcile();
      }
      assert.equal(world.opened.length, opened);
    }
  });

  test('opens the signer anew where it moves from one name to another', async () => {
    const world = worldOf(spec, [ca]);
    for (const name of ['ca', 'other']) world.referenced.set(`Secret team-a/${name}`, secret('same', '40'));
    await checked(world);
    world.wanted = [{ ...ca, name: 'other' }];
    world.signer.checks.push(healthy);
    await world.reconcile();
    assert.equal(world.opened.length, 2);
  });
});

describe('a ConfigMap with keys of the signer', () => {
  test('configures it as a document does', async () => {
    const world = await checked(worldOf(mapped, [], { 'fake-level': '3' }));
    assert.deepEqual(world.opened[0]?.config, { level: 3 });
  });

  test('is named by its keys where the signer finds something wrong', async () => {
    const world = worldOf(mapped, [], { 'fake-level': '3' });
    world.opening = { ok: false, error: { code: 'AuthError', message: 'fake.level: too bad' } };
    assert.match(await saysOf(world), /^False Failed: AuthError: fake\.level: too bad \(from fake-level\)$/);
  });

  const problems: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    [
      'is refused where it has the document too',
      { 'fake-level': '3', 'pki-config.json': '{}' },
      /^False Failed: ConfigError: ConfigMap "pki" in namespace "team-a": has the key "pki-config\.json" and keys for single settings beside it; set one/,
    ],
    [
      'is refused where a key cannot be read',
      { 'fake-level': 'high' },
      /^False Failed: ConfigError: ConfigMap "pki" in namespace "team-a": fake-level: is no number$/,
    ],
    [
      'is held to the schema of the signer',
      { 'fake-level': '12' },
      /^False Failed: ConfigError: ConfigMap "pki" in namespace "team-a": fake\.level: must be at most 9 \(from fake-level\)$/,
    ],
    [
      'is refused where it has neither',
      { other: '' },
      /configMapRef\.key: .* has no key "pki-config\.json"; it has other\. Set spec/,
    ],
  ];
  for (const [what, data, message] of problems) {
    test(what, async () => assert.match(await saysOf(worldOf(mapped, [], data)), message));
  }
});
