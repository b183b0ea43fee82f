import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openVault } from '../../../../../src/signers/key-vault/azure/open-vault.ts';
import type { VaultIdentity } from '../../../../../src/signers/key-vault/contract.ts';
import { createNetwork } from '../../../../../src/signers/network/network.ts';
import { openssl } from '../../../x509/tools.ts';
import { testCA } from '../../network/support/certificates.ts';
import { policy } from '../../network/support/client.ts';
import { callContext, clientId, clientSecret, fakeAzure, secretIdentity, tenantId } from './support/fake-azure.ts';

const assertion = 'eyJ-a-token-of-a-service-account';

/** A self-signed certificate and its RSA key. */
function rsaPair(): string {
  const options = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=client', '-keyout', '-', '-out', '-'];
  return openssl(['req', '-x509', ...options]);
}

async function assertRefused(identity: VaultIdentity, message: RegExp): Promise<void> {
  const network = createNetwork({ addresses: policy(), env: {} });
  const azure = { env: {}, allowAmbient: true, disableChallengeVerification: false, developerLogin: false };
  const opened = await openVault({ vaultUrl: 'https://team.vault.azure.net', identity }, { azure, network });
  assert.ok(!opened.ok);
  assert.equal(opened.error.code, 'AuthError');
  assert.match(opened.error.message, message);
}

describe('who asks a vault', () => {
  test('an application shows its secret', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open(secretIdentity);
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
    const [asked] = azure.atEntra;
    const form = new URLSearchParams(asked?.body);
    assert.equal(asked?.path.replace(/\?.*/, ''), `/${tenantId}/oauth2/v2.0/token`);
    assert.equal(form.get('grant_type'), 'client_credentials');
    assert.equal(form.get('client_id'), clientId);
    assert.equal(form.get('client_secret'), clientSecret);
    assert.match(form.get('scope') ?? '', /^https:\/\/vault\.azure\.net\/\.default(?: |$)/);
    assert.equal(azure.atVault.at(-1)?.authorization, 'Bearer eyJ-token-1-of-the-test');
  });

  test('an application shows a certificate, by an assertion that its key signs', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open({ type: 'certificate', tenantId, clientId, pem: rsaPair() });
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
    const form = new URLSearchParams(azure.atEntra[0]?.body);
    assert.match(form.get('client_assertion') ?? '', /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  });

  for (const audience of [undefined, 'api://AzureADTokenExchangeUSGov']) {
    test(`a ServiceAccount shows a token that the API server makes for ${audience ?? 'the audience of the cloud'}`, async (t) => {
      const azure = await fakeAzure(t);
      const wishes: object[] = [];
      const vault = await azure.open({
        type: 'serviceAccount',
        tenantId,
        clientId,
        token: {
          serviceAccount: 'team-a',
          ...(audience === undefined ? {} : { audience }),
          request: async (wish, signal) => {
            assert.ok(signal instanceof AbortSignal);
            wishes.push(wish);
            return Promise.resolve({ ok: true, value: { token: assertion, expiresAt: Date.now() + 600_000 } });
          },
        },
      });
      assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
      assert.deepEqual(wishes, [{ serviceAccount: 'team-a', audience: audience ?? 'api://AzureADTokenExchange' }]);
      assert.equal(new URLSearchParams(azure.atEntra[0]?.body).get('client_assertion'), assertion);
    });
  }

  test('the controller shows the token that workload identity writes for it', async (t) => {
    const azure = await fakeAzure(t);
    const folder = mkdtempSync(join(tmpdir(), 'external-issuer-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'token');
    writeFileSync(path, `${assertion}\n`);
    const env = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_FEDERATED_TOKEN_FILE: path };
    const vault = await azure.open({ type: 'environment' }, { env });
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
    assert.equal(new URLSearchParams(azure.atEntra[0]?.body).get('client_assertion'), assertion);
    const other = await azure.open({ type: 'environment', clientId: '33333333-3333-3333-3333-333333333333' }, { env });
    assert.ok((await other.getKey('rsa', undefined, callContext())).ok);
    assert.equal(new URLSearchParams(azure.atEntra[1]?.body).get('client_id'), '33333333-3333-3333-3333-333333333333');
  });

  test('a developer is logged in by az, also where the environment has an application', async (t) => {
    const azure = await fakeAzure(t);
    const folder = mkdtempSync(join(tmpdir(), 'external-issuer-test-'));
    const { PATH } = process.env;
    t.after(() => {
      process.env['PATH'] = PATH;
      rmSync(folder, { recursive: true });
    });
    const answer = JSON.stringify({ accessToken: 'eyJ-of-az', expires_on: Math.floor(Date.now() / 1000) + 3600 });
    const az = join(folder, 'az');
    writeFileSync(az, `#!/bin/sh\necho "$@" >> ${folder}/calls\necho '${answer}'\n`);
    chmodSync(az, 0o755);
    process.env['PATH'] = `${folder}:${PATH}`;
    const env = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret };
    const vault = await azure.open({ type: 'developer' }, { env });
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
    assert.equal(azure.atVault.at(-1)?.authorization, 'Bearer eyJ-of-az');
    assert.deepEqual(azure.atEntra, []);

    process.env['PATH'] = join(folder, 'nowhere');
    const missing = await (await azure.open({ type: 'developer' })).getKey('rsa', undefined, callContext());
    assert.ok(!missing.ok);
    assert.equal(missing.error.code, 'Unauthorized');
    assert.match(missing.error.message, /no token for your own login \(az login\): .*; run az login, with --tenant/);
  });

  const refused: readonly (readonly [string, VaultIdentity, RegExp])[] = [
    [
      'no workload identity',
      { type: 'environment' },
      /AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_FEDERATED_TOKEN_FILE are not set/,
    ],
    [
      'no certificate',
      { type: 'certificate', tenantId, clientId, pem: 'PEM' },
      /the client certificate or its key cannot be read/,
    ],
  ];
  for (const [what, identity, message] of refused) {
    test(`is refused at once where there is ${what}`, async () => await assertRefused(identity, message));
  }

  test('a certificate and a key that are no pair are refused', async () => {
    const key = rsaPair().replace(/-----BEGIN CERTIFICATE[^]*/, '');
    const cert = rsaPair().replace(/[^]*(?=-----BEGIN CERTIFICATE)/, '');
    await assertRefused(
      { type: 'certificate', tenantId, clientId, pem: `${cert}\n${key}` },
      /is not the key of that certificate/,
    );
  });

  test('a certificate whose key Entra ID does not take is refused', async () => {
    const { cert, key } = await (await testCA()).issue(['DNS:client.test']);
    await assertRefused({ type: 'certificate', tenantId, clientId, pem: `${cert}\n${key}` }, /with RSA keys only/);
  });
});
