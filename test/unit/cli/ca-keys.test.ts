import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VaultKey, VaultProblem } from '../../../src/signers/key-vault/vault.ts';
import { runCa, textOf } from './support/ca.ts';
import { type MemoryVault, memoryVault } from './support/memory-vault.ts';

function csr(vault: MemoryVault, ...more: readonly string[]): readonly string[] {
  return ['csr', '--vault-url', vault.url, '--key', 'ca', '--common-name', 'CA', ...more];
}

function create(vault: MemoryVault, ...more: readonly string[]): readonly string[] {
  return ['create', '--vault-url', vault.url, '--key', 'ca', '--common-name', 'CA', ...more];
}

describe('ca create --create-key', () => {
  for (const [options, made, algorithm] of [
    [[], 'RSA 3072', 'Public-Key: \\(3072 bit\\)'],
    [['--key-size', '4096'], 'RSA 4096', 'Public-Key: \\(4096 bit\\)'],
    [['--key-type', 'RSA-HSM', '--key-size', '2048'], 'RSA-HSM 2048', 'Public-Key: \\(2048 bit\\)'],
    [['--key-type', 'EC'], 'EC P-256', 'NIST CURVE: P-256'],
    [['--key-type', 'EC-HSM', '--curve', 'P-521'], 'EC-HSM P-521', 'NIST CURVE: P-521'],
  ] as const) {
    test(`${options.join(' ')} makes a key ${made}`, async () => {
      const vault = memoryVault();
      const { stdout, stderr, error } = await runCa(vault, create(vault, '--create-key', ...options));
      assert.equal(error, undefined);
      assert.ok(stderr.startsWith(`Made the key ${vault.url}/keys/ca/${'1'.padStart(32, '0')} (${made}).\n`), stderr);
      assert.match(textOf(stdout), new RegExp(algorithm));
    });
  }

  test('refuses a key that is there, unless a new version of it is asked for', async () => {
    const vault = memoryVault();
    const { version } = vault.makeKey('ca');
    const refused = await runCa(vault, create(vault, '--create-key', '--force'));
    assert.match(
      refused.error ?? '',
      /^Failed: --create-key: the key is there already \(EC P-256, \S+\)\. Leave --create-key out[^]*--new-key-version/,
    );
    assert.ok(!vault.calls.includes('keys/create ca'));
    const made = await runCa(vault, create(vault, '--create-key', '--new-key-version', '--key-type', 'EC'));
    assert.equal(made.error, undefined);
    assert.equal(vault.calls.filter((call) => call === 'keys/create ca').length, 1);
    const older = await runCa(vault, csr(vault, '--key-version', version));
    assert.match(older.stderr, new RegExp(`Key {9}EC P-256, \\S+/${version}\n`));
  });

  const found: readonly [VaultProblem['code'], readonly string[], RegExp | undefined][] = [
    ['Unusable', [], /^Failed: --create-key: there is such a key already: The vault said Unusable/],
    ['Unusable', ['--new-key-version'], undefined],
    ['Unfit', [], /^Failed: --create-key: there is such a key already: The vault said Unfit/],
    ['Unfit', ['--new-key-version'], undefined],
    ['Invalid', ['--new-key-version'], /^Failed: The vault said Invalid/],
    ['Forbidden', [], /^Failed: The vault said Forbidden to keys\/get of "ca"\.$/],
    ['Forbidden', ['--new-key-version'], /^Failed: The vault said Forbidden/],
  ];
  for (const [code, more, message] of found) {
    test(`${more.join(' ')} of a key that the vault answers ${code} about ${message === undefined ? 'makes a version' : 'makes none'}`, async () => {
      const vault = memoryVault();
      vault.fail('keys/get', code);
      const { error } = await runCa(vault, create(vault, '--create-key', '--key-type', 'EC', ...more));
      if (message === undefined) assert.equal(error, undefined);
      else assert.match(error ?? '', message);
      assert.equal(vault.calls.includes('keys/create ca'), message === undefined);
    });
  }

  test('checks the algorithm before it makes the key, and says that a key stays which was made for nothing', async () => {
    const vault = memoryVault();
    const wrong = await runCa(
      vault,
      create(vault, '--create-key', '--key-type', 'EC', '--curve', 'P-384', '--signature-algorithm', 'RS256'),
    );
    assert.match(
      wrong.error ?? '',
      /^Failed: --signature-algorithm: The key is EC P-384 and does not sign with RS256\. Give ES384, or leave it out\.$/,
    );
    assert.ok(!vault.calls.includes('keys/create ca'));
    vault.fail('keys/sign', 'Forbidden');
    const unsigned = await runCa(vault, create(vault, '--create-key', '--key-type', 'EC'));
    assert.match(
      unsigned.error ?? '',
      /Forbidden to keys\/sign of "ca"\. The key \S+ was made and stays; try again without --create-key\.$/,
    );
    vault.fail('keys/create', 'Conflict');
    const deleted = await runCa(vault, create(vault, '--create-key', '--new-key-version'));
    assert.match(deleted.error ?? '', /^Failed: The vault said Conflict to keys\/create/);
  });
});

describe('a key that cannot sign is refused before it is asked to', () => {
  const now = Date.now();
  const unusable: readonly [Partial<VaultKey>, RegExp][] = [
    [{ enabled: false }, /is disabled/],
    [{ maySign: false }, /do not allow sign/],
    [{ expiresOn: now - 1000 }, /expired at/],
    [{ notBefore: now + 3_600_000 }, /is not valid before [^]*check the clock too\.$/],
  ];
  for (const [attributes, message] of unusable) {
    test(Object.keys(attributes).join(), async () => {
      const vault = memoryVault();
      vault.makeKey('ca');
      vault.change('ca', attributes);
      for (const args of [create(vault), csr(vault)]) {
        const { stdout, error } = await runCa(vault, args);
        assert.match(error ?? '', message);
        assert.equal(stdout, '');
      }
      assert.ok(!vault.calls.includes('keys/sign ca'));
    });
  }

  test('and one that is not there is offered to be made', async () => {
    const vault = memoryVault();
    const { error } = await runCa(vault, create(vault));
    assert.match(error ?? '', /^Failed: There is no "ca" in \S+ To have the key made, add --create-key\.$/);
  });
});
