import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { CaProblem, HeldCa } from '../../../../src/signers/ca/contract.ts';
import { createKeyVaultHolder } from '../../../../src/signers/key-vault/holder.ts';
import { testCA } from '../../x509/ca-tools.ts';
import { type FakeVault, fakeVault } from './support/fake-vault.ts';

const context = { signal: new AbortController().signal };
const [old, renewed, stranger] = await Promise.all(['Old', 'Renewed', 'Stranger'].map((commonName) => testCA({ commonName })));
assert.ok(old && renewed && stranger);
const keys = { old: old.exportKeyPem(), renewed: renewed.exportKeyPem(), stranger: stranger.exportKeyPem() };

describe('which version of a key is the CA', () => {
  let fake: FakeVault;
  let first = '';
  let load: (version?: string) => ReturnType<ReturnType<typeof createKeyVaultHolder>['load']>;

  /** The calls of one more load. */
  async function callsOf(): Promise<readonly string[]> {
    fake.calls.length = 0;
    await load();
    return [...fake.calls];
  }

  async function loaded(): Promise<HeldCa> {
    const held = await load();
    assert.ok(held.ok, JSON.stringify(held));
    return held.value;
  }

  async function refused(): Promise<CaProblem> {
    const held = await load();
    assert.ok(!held.ok);
    assert.equal(held.error.outcome, 'issuer-broken');
    return held.error;
  }

  function open(version?: string): void {
    const key = { name: 'ca', ...(version === undefined ? {} : { version }) };
    const settings = { key, certificate: { in: 'secret', name: 'ca' } } as const;
    const holder = createKeyVaultHolder(fake.vault, settings, { clock: { now: Date.now } });
    load = () => holder.load(context);
  }

  beforeEach(() => {
    fake = fakeVault();
    first = fake.addKey(keys.old);
    fake.setSecret(old.certificatePem);
    open();
  });

  test('is the newest one, where the certificate is for it', async () => {
    const { key, warnings } = await loaded();
    assert.ok(key.id.endsWith(first));
    assert.deepEqual(warnings, []);
    assert.deepEqual(await callsOf(), ['secrets/get', 'keys/get']);
  });

  test('stays the one that works after a rotation, with a warning and one more call', async () => {
    await loaded();
    const second = fake.addKey(keys.renewed);
    const { key, warnings } = await loaded();
    assert.ok(key.id.endsWith(first));
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]?.code, 'NewKeyVersion');
    assert.match(
      warnings[0]?.message ?? '',
      new RegExp(
        `${second}, has no certificate.*version ${first}.*Key/List\\. Without it, set keyVault\\.keyVersion to ${first} before .*restarts.*--key-version ${second}`,
      ),
    );
    assert.deepEqual(await callsOf(), ['secrets/get', 'keys/get', `keys/get ${first}`]);
    assert.deepEqual((await loaded()).warnings, warnings);
  });

  test('is not warned of where the newest one is disabled', async () => {
    fake.addKey(keys.renewed, { enabled: false });
    assert.deepEqual((await loaded()).warnings, []);
  });

  test('stays where the newest one cannot be read, being disabled', async () => {
    await loaded();
    fake.addKey(keys.renewed);
    fake.fail('keys/get', { code: 'Unusable' });
    const { key, warnings } = await loaded();
    assert.ok(key.id.endsWith(first));
    assert.deepEqual(warnings, []);
  });

  test('becomes the newest one as soon as its certificate is there', async () => {
    await loaded();
    const second = fake.addKey(keys.renewed);
    await loaded();
    fake.setSecret(renewed.certificatePem);
    const { key, warnings } = await loaded();
    assert.ok(key.id.endsWith(second));
    assert.deepEqual(warnings, []);
    assert.deepEqual(await callsOf(), ['secrets/get', 'keys/get']);
  });

  test('is looked for among the older ones where it is not known, and then known', async () => {
    const second = fake.addKey(keys.stranger);
    const third = fake.addKey(keys.renewed);
    const held = await load();
    assert.ok(held.ok);
    assert.deepEqual(fake.calls, ['secrets/get', 'keys/get', 'keys/list', `keys/get ${second}`, `keys/get ${first}`]);
    assert.deepEqual(await callsOf(), ['secrets/get', 'keys/get', `keys/get ${first}`]);
    fake.setSecret(stranger.certificatePem);
    assert.ok((await loaded()).key.id.endsWith(second));
    assert.ok(third !== second);
  });

  test('is found beside versions that cannot be read', async () => {
    const second = fake.addKey(keys.stranger);
    fake.addKey(keys.renewed);
    fake.fail('keys/get', { code: 'Unusable' }, { version: second });
    assert.ok((await loaded()).key.id.endsWith(first));
  });

  test('is looked for again where the known one was purged', async () => {
    await loaded();
    fake.addKey(keys.renewed);
    await loaded();
    const again = fake.addKey(keys.old);
    fake.addKey(keys.stranger);
    fake.remove(first);
    assert.ok((await loaded()).key.id.endsWith(again));
  });

  test('is not said where none fits: certificate and key are named', async () => {
    fake.addKey(keys.renewed);
    fake.setSecret(stranger.certificatePem);
    const { code, message } = await refused();
    assert.equal(code, 'CAMismatch');
    assert.match(
      message,
      /No version of the key "ca" of https:\/\/team\.vault\.azure\.net.*the secret "ca".*"CN=Stranger".*2 of 2 were/,
    );
  });

  test('is looked for among twenty older ones at most, and the message says so', async () => {
    for (let more = 0; more < 30; more += 1) fake.addKey(keys.renewed);
    const { code, message } = await refused();
    assert.equal(code, 'CAMismatch');
    assert.match(message, /21 of 31 were looked at.*keyVault\.keyVersion/);
    assert.equal(fake.calls.filter((call) => call.startsWith('keys/get ')).length, 20);
  });

  test('is not found where versions may not be listed: the message names both ways out', async () => {
    fake.addKey(keys.renewed);
    fake.fail('keys/list', { code: 'Forbidden' });
    const { code, message } = await refused();
    assert.equal(code, 'CAMismatch');
    assert.match(
      message,
      /Name the version that does in keyVault\.keyVersion, or let the identity list them\. The vault said Forbidden to keys\/list/,
    );
  });

  for (const code of ['Unusable', 'Unfit'] as const) {
    test(`is the one that fits where newer ones are ${code}, also before it was ever found`, async () => {
      const middle = fake.addKey(keys.stranger);
      fake.addKey(keys.renewed);
      fake.fail('keys/get', { code });
      fake.fail('keys/get', { code }, { version: middle });
      assert.ok((await loaded()).key.id.endsWith(first));
    });
  }

  test('names the versions that could not be read where none fits', async () => {
    const second = fake.addKey(keys.stranger);
    fake.addKey(keys.renewed);
    fake.setSecret((await testCA()).certificatePem);
    fake.fail('keys/get', { code: 'Unusable' }, { version: second });
    assert.match((await refused()).message, new RegExp(`${second} could not be read`));
  });

  test('is the newest one, unusable, where that cannot be read and no other fits', async () => {
    fake.addKey(keys.renewed);
    fake.setSecret(renewed.certificatePem);
    fake.fail('keys/get', { code: 'Unusable' }, { times: 2 });
    const { code, message } = await refused();
    assert.equal(code, 'KeyUnusable');
    assert.match(message, /Unusable to keys\/get/);
  });

  for (const code of ['Throttled', 'CAUnreachable'] as const) {
    test(`is not decided while the vault says ${code}`, async () => {
      fake.addKey(keys.renewed);
      fake.fail('keys/get', { code }, { version: first });
      const searched = await load();
      assert.ok(!searched.ok && searched.error.outcome === 'retry');
      await loaded();
      fake.fail('keys/get', { code }, { version: first });
      const kept = await load();
      assert.ok(!kept.ok && kept.error.outcome === 'retry');
    });
  }

  test('is the one that keyVersion names, with no other call and no warning', async () => {
    fake.addKey(keys.renewed);
    open(first);
    const { key, warnings } = await loaded();
    assert.ok(key.id.endsWith(first));
    assert.deepEqual(warnings, []);
    assert.deepEqual(fake.calls, ['secrets/get', `keys/get ${first}`]);
  });

  test("is not the one that keyVersion names where the certificate is another key's", async () => {
    open(fake.addKey(keys.renewed));
    const { code, message } = await refused();
    assert.equal(code, 'CAMismatch');
    assert.match(message, /keyVault\.keyVersion names, does not belong.*remove it/);
  });

  test('is wrong where keyVersion names none', async () => {
    open('e'.repeat(32));
    assert.equal((await refused()).code, 'ConfigError');
  });
});
