import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inFlags } from '../../../src/cli/ca/flag-words.ts';
import { runCa } from './support/ca.ts';
import { memoryVault } from './support/memory-vault.ts';

describe('what is said for issuers and the controller is said in options here', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['check keyVault.vaultUrl and auth.tenantId', 'check --vault-url and AZURE_TENANT_ID'],
    ['check auth.clientId, auth.tenantId and cloud', 'check AZURE_CLIENT_ID, AZURE_TENANT_ID and --cloud'],
    ['see HTTPS_PROXY and NO_PROXY of the controller', 'see HTTPS_PROXY and NO_PROXY'],
    ['that firewalls let the controller reach it', 'that firewalls let this computer reach it'],
    ['or choose another auth.type', 'or choose another --login'],
    [
      'check auth.tenantId, auth.clientId and the Secret that authSecretRef names',
      'check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
    ],
    ['see whether keyVault.signatureAlgorithm fits the key', 'see whether --signature-algorithm fits the key'],
    [
      'Set keyVault.caCertificate.vaultCertificate in place of vaultSecret',
      'Set --vault-certificate in place of --secret-name',
    ],
    ['The key "keyVersion" of the cloud', 'The key "keyVersion" of the cloud'],
  ];
  for (const [issuer, here] of cases) test(here, () => assert.equal(inFlags(issuer), here));

  test('those of the CA that signs where it is meant', () => {
    assert.equal(
      inFlags(
        'check keyVault.vaultUrl, keyVault.keyName and keyVault.keyVersion, or keyVault.caCertificate; --key-type',
        'parent-',
      ),
      'check --parent-vault-url, --parent-key and --parent-key-version, or --parent-secret-name or --parent-certificate; --key-type',
    );
  });

  test('so that a command names the option that is wrong', async () => {
    const vault = memoryVault();
    const create = ['create', '--vault-url', vault.url, '--common-name'];
    for (const key of ['root', 'ca']) vault.makeKey(key);
    await runCa(vault, [...create, 'Root', '--key', 'root', '--store']);
    const { version } = vault.makeKey('root');
    const wrong = await runCa(vault, ['show', '--vault-url', vault.url, '--key', 'root', '--key-version', version]);
    assert.match(wrong.error ?? '', /, which --key-version names, does not belong to [^]*Correct --key-version, or remove it/);
    const parent = ['--parent-key', 'root', '--parent-key-version', version];
    const below = await runCa(vault, [...create, 'Below', '--key', 'ca', ...parent]);
    assert.match(below.error ?? '', /, which --parent-key-version names, does not belong to [^]*Correct --parent-key-version/);
  });
});
