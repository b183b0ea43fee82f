import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { identityOf } from '../../../src/cli/ca/vault-settings.ts';
import type { AzureDeps, VaultSettings } from '../../../src/signers/key-vault/contract.ts';
import { codeIn, readPage, rowsOf, sectionOf } from '../support/markdown.ts';
import { commandNamed } from '../support/program.ts';
import { runCa } from './support/ca.ts';
import { memoryVault } from './support/memory-vault.ts';

const url = 'https://team.vault.azure.net';
const version = '0123456789abcdef0123456789abcdef';
const vaultAndKey = ['--vault-url', url, '--key', 'ca'];
const commands: readonly Command[] = commandNamed('ca').commands;

describe('ca, called wrongly, asks no vault and says which option it is', () => {
  const named = [...vaultAndKey, '--common-name', 'CA'];
  const hsm = ['--vault-url', 'https://team.managedhsm.azure.net', '--key', 'ca'];
  const wrong: readonly [readonly string[], RegExp][] = [
    [['show', '--key', 'ca'], /^Usage: --vault-url: give the address of the vault/],
    [['show', '--vault-url', url], /^Usage: --key: give the name of the CA's key/],
    [
      ['show', '--vault-url', 'http://team.vault.azure.net', '--key', 'ca'],
      /^Usage: --vault-url: "http:[^"]*" is not the address/,
    ],
    [['show', '--vault-url', 'https://a.b/path', '--key', 'ca'], /^Usage: --vault-url: "[^"]*" is not the address/],
    [['show', '--vault-url', url, '--key', 'a/b'], /^Usage: --key: "a\/b" is not the name of an object in a vault/],
    [['show', '--vault-url', url, '--key', 'a'.repeat(128)], /^Usage: --key: "a{100}" is not as long as it must be/],
    [['show', ...vaultAndKey, '--key-version', 'newest'], /^Usage: --key-version: "newest" is not a version/],
    [
      ['show', ...vaultAndKey, '--login', 'me'],
      /^Usage: --login: "me" is none of az, workload-identity, managed-identity, environment/,
    ],
    [['show', ...vaultAndKey, '--login', 'environment'], /^Usage: --login: environment takes the variables AZURE_TENANT_ID/],
    [
      ['show', ...vaultAndKey, '--login', 'workload-identity'],
      /^Usage: --login: workload-identity takes the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE/,
    ],
    [['show', ...vaultAndKey, '--cloud', 'germany'], /^Usage: --cloud: "germany" is none of public, usGovernment, china/],
    [['show', ...vaultAndKey, '--deny-ca-addresses', 'here'], /^Usage: --deny-ca-addresses: /],
    [
      ['show', ...vaultAndKey, '--vault-certificate', 'a', '--secret-version', version],
      /^Usage: --vault-certificate: the CA certificate is in one place/,
    ],
    [['show', ...vaultAndKey, '--secret-name', 'a b'], /^Usage: --secret-name: "a b" is not the name/],
    [['show', ...hsm], /^Usage: [^]*a managed HSM holds keys alone[^]*--certificate FILE/],
    [['create', ...vaultAndKey], /^Usage: --subject: give the name of the CA/],
    [['create', ...vaultAndKey, '--subject', 'Root'], /^Usage: --subject: [^]*has no "="/],
    [['create', ...vaultAndKey, '--subject', 'CN='], /^Usage: --subject: the value of CN is empty/],
    [['create', ...vaultAndKey, '--common-name', ''], /^Usage: --common-name: the value of CN is empty/],
    [['create', ...vaultAndKey, '--common-name', 'a'.repeat(65)], /^Usage: --common-name: the value of CN has 65 characters/],
    [['create', ...named, '--subject', 'CN=a'], /^Usage: --common-name: --subject has a common name of its own/],
    [['create', ...named, '--validity', 'ever'], /^Usage: --validity: "ever" is not a duration/],
    [['create', ...named, '--validity', '10y'], /^Usage: --validity: "10y" is not .* ten years are 87600h, or 3650d$/],
    [['create', ...named, '--validity', '36501d'], /^Usage: --validity: "36501d" is more than a hundred years/],
    [['create', ...named, '--validity', '59m'], /^Usage: --validity: "59m" is less than an hour/],
    [['create', ...named, '--path-length', '-1'], /^Usage: --path-length: "-1" is not a whole number from 0 to 20/],
    [['create', ...named, '--path-length', '21'], /^Usage: --path-length: "21"/],
    [['create', ...named, '--curve', 'P-256'], /^Usage: --curve: belongs to --create-key/],
    [['create', ...named, '--new-key-version'], /^Usage: --new-key-version: belongs to --create-key/],
    [['create', ...named, '--create-key', '--curve', 'P-256'], /^Usage: --curve: an RSA key has none/],
    [
      ['create', ...named, '--create-key', '--key-type', 'EC', '--key-size', '2048'],
      /^Usage: --key-size: an EC key is as large as its curve/,
    ],
    [
      ['create', ...named, '--create-key', '--key-version', version],
      /^Usage: --key-version: a key that is made gets a version/,
    ],
    [['create', ...named, '--parent-certificate', 'x'], /^Usage: --parent-certificate: belongs to --parent-key/],
    [
      ['create', ...named, '--parent-key', 'a', '--parent-certificate', 'x', '--parent-secret-name', 'y'],
      /^Usage: --parent-certificate: the parent's certificate is in one place/,
    ],
    [
      ['create', ...named, '--parent-key', 'a', '--parent-vault-url', 'x'],
      /^Usage: --parent-vault-url: "x" is not the address/,
    ],
    [
      ['create', ...hsm, '--common-name', 'CA', '--store'],
      /^Usage: --vault-url: a managed HSM holds keys alone, no secrets\. Leave --store out/,
    ],
    [['import', ...vaultAndKey], /^Usage: --certificate: give the file of the certificate/],
    [
      ['import', ...vaultAndKey, '--certificate', '-', '--certificate', '-'],
      /^Usage: --certificate: standard input \(-\) can be read once only/,
    ],
    [
      ['import', ...hsm, '--certificate', '-'],
      /^Usage: --vault-url: a managed HSM holds keys alone, no secrets\. Add --dry-run/,
    ],
  ];
  for (const [args, message] of wrong) {
    test(
      args
        .filter((arg) => !vaultAndKey.includes(arg))
        .join(' ')
        .slice(0, 90),
      async () => {
        const vault = memoryVault();
        const { stdout, error } = await runCa(vault, args);
        assert.match(error ?? '', message);
        assert.deepEqual([stdout, vault.calls], ['', []]);
      },
    );
  }

  test('a word that is no choice, and an option that is none', async () => {
    for (const option of [['--key-type', 'DSA'], ['--key-size', '1024'], ['--signature-algorithm', 'RS1'], ['--no-such']]) {
      const { stderr } = await runCa(memoryVault(), ['create', ...named, '--create-key', ...option]);
      assert.match(stderr, /^commander: error: (option '\S+ <\w+>' argument '\S+' is invalid|unknown option)/);
    }
  });
});

describe('ca reaches a vault', () => {
  test('as the options say, or their variables', async () => {
    const seen: [VaultSettings, AzureDeps][] = [];
    const vault = memoryVault('https://team.vault.azure.cn');
    const recording = {
      ...vault,
      open: async (...[settings, deps]: Parameters<typeof vault.open>): ReturnType<typeof vault.open> => {
        seen.push([settings, deps.azure]);
        return await vault.open(settings, deps);
      },
    };
    const env = {
      EXTERNAL_ISSUER_VAULT_URL: 'https://Team.vault.azure.cn/',
      EXTERNAL_ISSUER_KEY: 'other',
      EXTERNAL_ISSUER_LOGIN: 'environment',
      EXTERNAL_ISSUER_CLOUD: 'china',
      EXTERNAL_ISSUER_AZURE_DISABLE_CHALLENGE_VERIFICATION: 'true',
      AZURE_TENANT_ID: 't',
      AZURE_CLIENT_ID: 'c',
      AZURE_CLIENT_SECRET: 'very secret',
    };
    const { error, stderr } = await runCa(recording, ['show', '--key', 'ca', '-v'], { env });
    assert.match(error ?? '', /There is no "ca"/);
    assert.ok(!`${error}${stderr}`.includes('very secret'));
    const [[settings, azure] = []] = seen;
    assert.deepEqual(settings, {
      vaultUrl: vault.url,
      cloud: 'china',
      identity: { type: 'secret', tenantId: 't', clientId: 'c', secret: 'very secret' },
    });
    assert.deepEqual([azure?.allowAmbient, azure?.developerLogin, azure?.disableChallengeVerification], [true, false, true]);
    const wrong = await runCa(vault, ['show'], { env: { ...env, EXTERNAL_ISSUER_CLOUD: 'mars' } });
    assert.match(wrong.error ?? '', /^Usage: EXTERNAL_ISSUER_CLOUD: "mars" is none of/);
  });

  test('by the login that is chosen', () => {
    const env = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: '', AZURE_FEDERATED_TOKEN_FILE: 'f' };
    assert.deepEqual(
      (['az', 'managed-identity', 'workload-identity', 'environment'] as const).map((login) => {
        const identity = identityOf(login, env);
        return identity.ok ? identity.value : 'refused';
      }),
      [
        { type: 'developer' },
        { type: 'managed', clientId: 'c' },
        { type: 'environment', tenantId: 't', clientId: 'c' },
        'refused',
      ],
    );
    assert.deepEqual(identityOf('managed-identity', {}), { ok: true, value: { type: 'managed' } });
    assert.deepEqual(identityOf('az', { ...env, AZURE_CLIENT_SECRET: 's' }), { ok: true, value: { type: 'developer' } });
  });
});

describe('the help of ca', () => {
  for (const command of commands) {
    test(`${command.name()} is at most 128 columns wide, and its description is in lines`, () => {
      for (const line of command.helpInformation().split('\n')) assert.ok(line.length <= 128, line);
      for (const line of command.description().split('\n')) assert.ok(line.length <= 128, line);
    });
  }
});

describe('docs/cli.md', () => {
  test('has a row for each option of ca, with the commands that take it, and no other', async () => {
    const taken = new Map<string, string[]>();
    for (const command of commands) {
      for (const { long } of command.options) taken.set(long ?? '', [...(taken.get(long ?? '') ?? []), command.name()]);
    }
    const rows = rowsOf(sectionOf(await readPage('docs/cli.md'), '### Options of ca'));
    const documented = new Map(
      rows.map(([flag = '', takers = '']) => [codeIn(flag).find((code) => code.startsWith('--')), takers]),
    );
    for (const [flag, takers] of taken) {
      const words = takers.length === commands.length ? 'all' : takers.join(', ');
      assert.equal(documented.get(flag), words, flag);
    }
    assert.deepEqual(
      [...documented.keys()].filter((flag) => flag === undefined || !taken.has(flag)),
      [],
    );
  });

  test('maps each flag of create_ca_cert to an option that there is', async () => {
    const section = sectionOf(await readPage('docs/cli.md'), '### Coming from create_ca_cert');
    const rows = rowsOf(section).filter(([old = '']) => old.startsWith('`--'));
    assert.equal(rows.length, 5);
    const options = commands.find((command) => command.name() === 'create')?.options.map(({ long }) => long);
    for (const [old = '', now = ''] of rows) assert.ok(options?.includes(codeIn(now)[0]?.split(' ')[0]), old);
  });
});
