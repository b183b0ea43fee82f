import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { runCheck } from '../../../src/cli/check-run.ts';
import type { AzureDeps } from '../../../src/signers/key-vault/contract.ts';
import { testSigners } from '../support/signers.ts';
import { makeFolder, outcomeOf } from './support/cli.ts';

const folder = makeFolder();
after(folder.remove);

const nothing: AzureDeps = { env: {}, allowAmbient: false, disableChallengeVerification: false, developerLogin: false };

/** What `check` says of a Key Vault issuer that uses the identity of the controller. No vault is reached. */
async function check(kind: string, allowed: Partial<AzureDeps> = {}, auth = '{}'): Promise<string> {
  const file = folder.write(
    'issuer.yaml',
    `apiVersion: external-issuer.io/v1alpha1\nkind: ${kind}\nmetadata: {name: pki}\n` +
      `spec: {signerType: keyvault, keyVault: {vaultUrl: "https://vault.invalid", keyName: ca, auth: ${auth}}}\n`,
  );
  const flags = { file: [file], clusterResourceNamespace: 'external-issuer-system', verbose: false };
  const { error } = await outcomeOf(
    async (deps) => await runCheck(flags, testSigners({ azure: { ...nothing, ...allowed } }), deps),
  );
  return error ?? 'none';
}

describe('a Key Vault issuer without a cluster', () => {
  test('may not use an identity that surrounds the controller where it belongs to a namespace, as in a cluster', async () => {
    assert.match(await check('ExternalIssuer'), /ConfigError: keyVault\.auth\.type: .*--issuer-ambient-credentials/);
    assert.match(await check('ExternalIssuer', {}, '{type: managedIdentity}'), /--issuer-ambient-credentials/);
  });

  test('may where the flag allows it, or where it belongs to the cluster; the own login is offered in its place', async () => {
    for (const said of [await check('ExternalIssuer', { allowAmbient: true }), await check('ExternalClusterIssuer')]) {
      assert.match(said, /has no workload identity: .*; to try it here with your own az login, give --azure-login$/);
    }
  });
});
