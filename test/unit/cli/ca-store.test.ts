import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, describe, test } from 'node:test';
import { planStore } from '../../../src/cli/ca/store.ts';
import { err, ok } from '../../../src/lib/result.ts';
import type { OpenVault } from '../../../src/signers/key-vault/contract.ts';
import type { Vault, VaultProblem } from '../../../src/signers/key-vault/vault.ts';
import { runCa, verifyChain } from './support/ca.ts';
import { makeFolder } from './support/cli.ts';
import { type MemoryVault, memoryVault } from './support/memory-vault.ts';

const folder = makeFolder();
after(() => folder.remove());

function create(vault: MemoryVault, ...more: readonly string[]): readonly string[] {
  return ['create', '--vault-url', vault.url, '--key', 'ca', '--common-name', 'CA', ...more];
}

function values(vault: MemoryVault): readonly string[] {
  return (vault.secrets.get('ca') ?? []).map(({ value }) => value);
}

describe('ca create --store', () => {
  test('never replaces a secret that is there, and makes nothing for it', async () => {
    const vault = memoryVault();
    vault.setSecret('ca', 'something of others');
    const { stdout, error } = await runCa(vault, create(vault, '--create-key', '--store'));
    assert.match(
      error ?? '',
      /^Failed: The secret "ca" of https:\/\/team\.vault\.azure\.net is there already \(\S+\)\. Nothing was stored\. [^]*--force/,
    );
    assert.equal(stdout, '');
    assert.deepEqual([values(vault), vault.calls], [['something of others'], ['secrets/get ca']]);
  });

  test('with --force makes a new version, and says where the old one is', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    vault.setSecret('ca', 'something of others');
    const { stderr, error } = await runCa(vault, create(vault, '--store', '--force'));
    assert.equal(error, undefined);
    assert.match(stderr, /\nIt replaces \S+\/secrets\/ca\/0{31}2, which stays in the history of the vault\./);
    assert.equal(values(vault)[0], 'something of others');
    assert.equal(verifyChain(values(vault)[1] ?? ''), 'leaf.pem: OK');
  });

  for (const [value, contentType] of [
    ['MIIKcAIBAzCC', 'application/x-pkcs12'],
    ['-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\n', undefined],
  ] as const) {
    test(`with --force replaces no secret with a private key (${contentType ?? 'PEM'})`, async () => {
      const vault = memoryVault();
      vault.setSecret('ca', value, contentType);
      const { stdout, stderr, error } = await runCa(vault, create(vault, '--create-key', '--store', '--force'));
      assert.match(error ?? '', /holds a private key: [^]*--force does not change that\. Give another --secret-name/);
      assert.equal(values(vault).length, 1);
      assert.ok(!`${stdout}${stderr}${error}`.includes('MI'), 'and shows nothing of it');
    });
  }

  test('stores under another name, and nothing where the vault does not say what is there', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    vault.setSecret('ca', 'something of others');
    const named = await runCa(vault, create(vault, '--store', '--secret-name', 'ca-certificate'));
    assert.equal(named.error, undefined);
    assert.equal(vault.secrets.get('ca-certificate')?.length, 1);
    vault.fail('secrets/get', 'Forbidden');
    const { error } = await runCa(vault, create(vault, '--store', '--force'));
    assert.equal(error, 'Failed: The vault said Forbidden to secrets/get of "ca".');
    assert.equal(values(vault).length, 1);
  });
});

describe('what becomes of a secret', () => {
  const wish = { vaultUrl: 'https://v', name: 'ca', value: 'PEM\n', force: false };
  const problem = (code: VaultProblem['code']): VaultProblem => ({ operation: 'secrets/get', code, message: `It is ${code}.` });
  const there = ok({ id: 'https://v/secrets/ca/1', value: 'old' });
  const cases = [
    ['one that is not there is set', err(problem('NotFound')), {}, { action: 'set' }],
    ['the same stays', ok({ id: 'i', value: ' PEM' }), { force: true }, { action: 'keep', id: 'i' }],
    ['another is replaced by force', there, { force: true }, { action: 'set', over: 'https://v/secrets/ca/1', old: 'old' }],
    ['another stays else', there, {}, /already, with another value/],
    ['one that is disabled stays', err(problem('Unusable')), {}, /cannot be read: It is Unusable\. Nothing was stored/],
    [
      'one that is disabled is replaced by force',
      err(problem('Unusable')),
      { force: true },
      { action: 'set', over: 'a version that cannot be read' },
    ],
    ['one that nobody knows of stays', err(problem('CATimeout')), { force: true }, /^It is CATimeout\.$/],
  ] as const;
  for (const [what, found, more, expected] of cases) {
    test(what, () => {
      const plan = planStore(found, { ...wish, ...more });
      if (expected instanceof RegExp) assert.match(plan.ok ? '' : plan.error, expected);
      else assert.deepEqual(plan, ok(expected));
    });
  }
});

describe('ca create --out', () => {
  test('writes a file that others may read, and overwrites none without --force', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    const file = folder.write('taken.crt', 'taken');
    const refused = await runCa(vault, create(vault, '--out', file));
    assert.match(refused.error ?? '', /^Failed: --out: \S+ is there already; give another file, or --force to overwrite it$/);
    assert.deepEqual([readFileSync(file, 'utf8'), vault.calls], ['taken', []]);

    const fresh = file.replace('taken', 'fresh');
    const made = await runCa(vault, create(vault, '--out', fresh));
    assert.deepEqual([made.error, made.stdout], [undefined, '']);
    assert.match(made.stderr, /Nothing was stored\. To store it: \S+ ca import [^\n]*fresh\.crt\n$/);
    assert.equal(verifyChain(readFileSync(fresh, 'utf8')), 'leaf.pem: OK');
    assert.equal(statSync(fresh).mode & 0o133, 0);
    assert.equal((await runCa(vault, create(vault, '--out', file, '--force'))).error, undefined);
    assert.equal(verifyChain(readFileSync(file, 'utf8')), 'leaf.pem: OK');
  });

  test('says where it cannot write', async () => {
    const vault = memoryVault();
    vault.makeKey('ca');
    const file = folder.write('x', '').replace(/x$/, 'none/ca.crt');
    const { error } = await runCa(vault, create(vault, '--out', file));
    assert.match(error ?? '', /^Failed: --out: \S+ cannot be written: ENOENT/);
    assert.ok(!existsSync(file));
    const inFolder = await runCa(vault, create(vault, '--out', dirname(dirname(file)), '--force'));
    assert.match(inFolder.error ?? '', /^Failed: --out: \S+ is a directory; give a file in it$/);
    assert.deepEqual(vault.calls, [], 'the key was not asked');
  });

  for (const store of [[], ['--store']]) {
    test(`prints what cannot be written once it is signed ${store.join()}`, async () => {
      const vault = memoryVault();
      vault.makeKey('ca');
      const file = folder.write('late', '').replace(/late$/, `late${store.length}.crt`);
      const open: OpenVault = async (settings, deps) => {
        const opened = await vault.open(settings, deps);
        if (!opened.ok) return opened;
        const { sign } = opened.value;
        const blocking: Vault['sign'] = async (...given) => {
          mkdirSync(file, { recursive: true });
          return await sign(...given);
        };
        return ok({ ...opened.value, sign: blocking });
      };
      const { error, stdout, stderr } = await runCa({ ...vault, open }, create(vault, '--out', file, '--force', ...store));
      assert.match(error ?? '', /^Failed: --out: EISDIR.*; standard output has what was to be in the file$/);
      assert.equal(verifyChain(stdout), 'leaf.pem: OK');
      assert.match(stderr, /Nothing was stored\. To store it, once it is in a file: \S+ ca import [^\n]*FILE\n$/);
      assert.deepEqual(values(vault), []);
    });
  }
});
