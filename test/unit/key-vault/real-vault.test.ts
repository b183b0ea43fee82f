import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { run } from '../../controlplane/run.ts';
import { type KeyVaultDouble, startKeyVault } from '../../key-vault/key-vault.ts';
import { harness } from './clients.ts';

const conformance = join(import.meta.dirname, '../../conformance/key-vault.test.ts');

let vault: KeyVaultDouble;
before(async () => {
  vault = await startKeyVault(harness);
});
after(async () => await vault.close());

test('the tests for a real vault run where EXTERNAL_ISSUER_TEST_VAULT_URL names one, and take away what they made', async () => {
  const { clientId, clientSecret } = vault.identities.clientSecret;
  const env = {
    PATH: process.env['PATH'],
    EXTERNAL_ISSUER_TEST_VAULT_URL: vault.url,
    NODE_EXTRA_CA_CERTS: vault.caFile,
    AZURE_AUTHORITY_HOST: vault.url,
    AZURE_TENANT_ID: vault.tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
  };
  // All of them take six times as long.
  const pattern = '--test-name-pattern=healthy|rotation|intermediate';
  const { code, stdout } = await run(process.execPath, ['--test', pattern, conformance], { env });
  assert.equal(code, 0, stdout);
  const journal = await vault.journal();
  const names = (operation: string): readonly string[] =>
    [
      ...new Set(journal.filter((call) => call.operation === operation && call.status < 300).map(({ name }) => name)),
    ].toSorted();
  const made = names('keys/create');
  assert.ok(made.length > 5 && made.every((name) => /^external-issuer-test-[0-9a-f]{8}-/.test(name)), made.join());
  assert.deepEqual(names('keys/delete'), made);
  assert.deepEqual(names('keys/purge'), made);
  assert.deepEqual(names('secrets/purge'), names('secrets/set'));
});
