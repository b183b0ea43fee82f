import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { runCa } from './support/ca.ts';
import { type MemoryVault, memoryVault } from './support/memory-vault.ts';

const hour = 3_600_000;

function create(vault: MemoryVault, ...more: readonly string[]): readonly string[] {
  return ['create', '--vault-url', vault.url, '--key', 'ca', '--common-name', 'CA', '--store', ...more];
}

/** A vault with a CA whose key got a new version since then, as by a rotation policy. */
async function rotated(): Promise<{ readonly vault: MemoryVault; readonly old: string; readonly newest: string }> {
  const vault = memoryVault();
  const { version: old } = vault.makeKey('ca');
  assert.equal((await runCa(vault, create(vault))).error, undefined);
  const { version: newest } = vault.makeKey('ca');
  vault.calls.length = 0;
  return { vault, old, newest };
}

/** The public keys of the versions of the secret, as PEM. */
function storedKeys(vault: MemoryVault): readonly string[] {
  const pem = (value: string): string =>
    new X509Certificate(value).publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return (vault.secrets.get('ca') ?? []).map(({ value }) => pem(value));
}

describe('ca create --store --force over the certificate of another version of the key', () => {
  test('is refused before anything is made, with both versions and what says which is meant', async () => {
    const { vault, old, newest } = await rotated();
    const { stdout, error } = await runCa(vault, create(vault, '--force'));
    assert.match(
      error ?? '',
      new RegExp(`holds the CA certificate "CN=CA", which is for version ${old} of the key "ca"; .* ${newest},`),
    );
    assert.match(
      error ?? '',
      new RegExp(`To renew the CA that is there, add --key-version ${old}\\. To go over to another CA, add `),
    );
    assert.match(error ?? '', new RegExp(`add --key-version ${newest}, or --create-key --new-key-version\\.$`));
    assert.equal(stdout, '');
    assert.equal(storedKeys(vault).length, 1);
    assert.ok(!vault.calls.includes('keys/sign ca'));
  });

  test('renews the CA, or goes over to another, where the options say so', async () => {
    for (const [choice, isSame] of [
      [({ old }: { old: string }) => ['--key-version', old], true],
      [({ newest }: { newest: string }) => ['--key-version', newest], false],
      [() => ['--create-key', '--new-key-version', '--key-type', 'EC'], false],
    ] as const) {
      const { vault, ...versions } = await rotated();
      const { error } = await runCa(vault, create(vault, '--force', ...choice(versions)));
      assert.equal(error, undefined);
      const [before, after] = storedKeys(vault);
      assert.ok(after !== undefined);
      assert.equal(before === after, isSame);
    }
  });

  test('is refused for an intermediate too, and where the version cannot be looked for', async () => {
    const { vault, newest } = await rotated();
    vault.makeKey('root');
    const root = ['create', '--vault-url', vault.url, '--key', 'root', '--common-name', 'Root', '--store'];
    assert.equal((await runCa(vault, root)).error, undefined);
    vault.fail('keys/list', 'Forbidden');
    const { error } = await runCa(vault, create(vault, '--force', '--parent-key', 'root'));
    assert.match(
      error ?? '',
      new RegExp(
        `which is for no version of the key "ca" that was found; [^]* To go over to another CA, add --key-version ${newest},`,
      ),
    );
    assert.doesNotMatch(error ?? '', /To renew the CA/);
    assert.equal(storedKeys(vault).length, 1);
  });

  test('is no matter where the newest version signed what is there', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    for (const more of [[], ['--force']]) assert.equal((await runCa(vault, create(vault, ...more))).error, undefined);
    assert.equal(new Set(storedKeys(vault)).size, 1);
    assert.equal(storedKeys(vault).length, 2);
  });
});

test('ca create gives out and stores nothing that an issuer would not take when it is there', async () => {
  const vault = memoryVault();
  vault.makeKey('root');
  vault.makeKey('ca');
  const root = ['create', '--vault-url', vault.url, '--key', 'root', '--common-name', 'Root', '--store'];
  assert.equal((await runCa(vault, root)).error, undefined);
  let now = Date.now();
  // Each signature takes longer than the certificate is to live.
  vault.spoil((signature) => {
    now += 2 * hour;
    return signature;
  });
  const args = create(vault, '--parent-key', 'root', '--validity', '1h');
  const { stdout, error } = await runCa(vault, args, { now: () => now });
  assert.match(
    error ?? '',
    /^Failed: A certificate was made that no issuer would take: it expired at \S+; renew it\. Nothing was stored\.$/,
  );
  assert.deepEqual([stdout, vault.secrets.has('ca')], ['', false]);
});

describe('ca create --store --force over the certificate of the same key', () => {
  const base = (vault: MemoryVault, key: string, name: string): readonly string[] =>
    `create --vault-url ${vault.url} --key ${key} --common-name ${name} --store --force`.split(' ');

  /** A root and an intermediate under it. */
  async function hierarchy(): Promise<MemoryVault> {
    const vault = memoryVault();
    for (const name of ['ca', 'root', 'other']) vault.makeKey(name);
    assert.equal((await runCa(vault, base(vault, 'root', 'Root'))).error, undefined);
    assert.equal((await runCa(vault, base(vault, 'other', 'Other'))).error, undefined);
    assert.equal((await runCa(vault, [...base(vault, 'ca', 'CA'), '--parent-key', 'root'])).error, undefined);
    return vault;
  }

  test('renews it', async () => {
    const vault = await hierarchy();
    assert.equal((await runCa(vault, [...base(vault, 'ca', 'CA'), '--parent-key', 'root'])).error, undefined);
    assert.equal((await runCa(vault, base(vault, 'root', 'Root'))).error, undefined);
  });

  for (const [what, key, name, more, expected] of [
    [
      'a forgotten parent',
      'ca',
      'CA',
      [],
      /^Failed: --parent-key: "CN=Root" signed the CA certificate "CN=CA" .* ca import --force\.$/,
    ],
    [
      'another parent',
      'ca',
      'CA',
      ['--parent-key', 'other'],
      /^Failed: --parent-key: .* was signed by "CN=Root"\. Give the same parent/,
    ],
    ['a parent for a root', 'root', 'Root', ['--parent-key', 'other'], /^Failed: --parent-key: .*"CN=Root".* is self-signed\./],
    ['another subject', 'root', 'Rooot', [], /^Failed: --subject: the secret holds the CA certificate "CN=Root", and clients/],
  ] as const) {
    test(`is refused with ${what}, before the key signs`, async () => {
      const vault = await hierarchy();
      vault.calls.length = 0;
      assert.match((await runCa(vault, [...base(vault, key, name), ...more])).error ?? '', expected);
      assert.ok(!vault.calls.some((call) => call.startsWith('keys/sign')));
    });
  }
});
