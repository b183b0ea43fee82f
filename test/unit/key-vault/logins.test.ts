import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import { SignJWT } from 'jose';
import { call } from '../../cas/https-client.ts';
import { type KeyVaultDouble, startKeyVault } from '../../key-vault/key-vault.ts';
import { clients, connection, type Credential, failure, harness, login, refusal, secretCredential } from './clients.ts';

/** Runs with variables set, as the SDK reads them. */
async function withVariables<T>(variables: Readonly<Record<string, string>>, action: () => Promise<T>): Promise<T> {
  const set = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await action();
  } finally {
    for (const [name, value] of set) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

describe('logging in to the Key Vault double', () => {
  let vault: KeyVaultDouble;
  before(async () => {
    vault = await startKeyVault(harness);
    await vault.setSecret('secret', 'value');
  });
  after(async () => await vault.close());
  afterEach(async () => {
    await vault.clearFaults();
    await vault.clearJournal();
  });

  async function reads(credential: Credential): Promise<void> {
    assert.equal((await clients(vault, { credential }).secrets.getSecret('secret')).value, 'value');
  }

  async function lastPrincipal(): Promise<string | undefined> {
    return (await vault.journal()).findLast(({ operation }) => operation === 'secrets/get')?.principal;
  }

  async function workload(subject?: string): Promise<Credential> {
    const variables = await vault.workloadEnvironment(subject);
    return await withVariables(variables, async () => await Promise.resolve(new WorkloadIdentityCredential(login(vault))));
  }

  function certificateCredential(pem: string, clientId = vault.identities.clientCertificate.clientId): Credential {
    return new ClientCertificateCredential(vault.tenantId, clientId, { certificate: pem }, login(vault));
  }

  test('a client secret opens the vault', async () => {
    await reads(secretCredential(vault));
    assert.equal(await lastPrincipal(), vault.identities.clientSecret.clientId);
  });

  test('a client certificate opens the vault', async () => {
    const { certificatePem, keyPem, clientId } = vault.identities.clientCertificate;
    await reads(certificateCredential(certificatePem + keyPem));
    assert.equal(await lastPrincipal(), clientId);
  });

  test('a federated token opens the vault', async () => {
    await reads(await workload());
    assert.equal(await lastPrincipal(), vault.identities.workload.clientId);
  });

  for (const way of ['imds', 'appService'] as const) {
    test(`a managed identity opens the vault: ${way}`, async () => {
      await withVariables(vault.managedIdentityEnvironments[way], async () => {
        await reads(new ManagedIdentityCredential(connection(vault)));
        await reads(new ManagedIdentityCredential({ clientId: vault.identities.managed.clientId, ...connection(vault) }));
      });
      assert.equal(await lastPrincipal(), vault.identities.managed.clientId);
    });
  }

  test('an identity that the machine does not have gets no token', async () => {
    await withVariables(vault.managedIdentityEnvironments.imds, async () => {
      const other = new ManagedIdentityCredential({ clientId: vault.tenantId, ...connection(vault) });
      assert.match((await failure(reads(other))).message, /Identity not found/);
    });
    const { status } = await call(`${vault.imdsUrl}/metadata/identity/oauth2/token?resource=https://vault.azure.net`, {});
    assert.equal(status, 400);
  });

  const refused: readonly { readonly title: string; readonly code: string; readonly credential: () => Promise<Credential> }[] =
    [
      {
        title: 'a wrong secret',
        code: 'AADSTS7000215',
        credential: async () =>
          await Promise.resolve(
            new ClientSecretCredential(vault.tenantId, vault.identities.clientSecret.clientId, 'wrong', login(vault)),
          ),
      },
      {
        title: 'an unknown client',
        code: 'AADSTS700016',
        credential: async () =>
          await Promise.resolve(new ClientSecretCredential(vault.tenantId, vault.tenantId, 'wrong', login(vault))),
      },
      {
        title: 'an unknown tenant',
        code: 'endpoints_resolution_error', // All that MSAL tells of AADSTS90002.
        credential: async () => {
          const { clientId, clientSecret } = vault.identities.clientSecret;
          return await Promise.resolve(new ClientSecretCredential(clientId, clientId, clientSecret, login(vault)));
        },
      },
      {
        title: 'a certificate that is not registered',
        code: 'AADSTS700027',
        credential: async () => {
          const { certificatePem, keyPem } = vault.identities.clientCertificate;
          return await Promise.resolve(certificateCredential(certificatePem + keyPem, vault.identities.clientSecret.clientId));
        },
      },
      {
        title: 'a token of another ServiceAccount',
        code: 'AADSTS700213',
        credential: async () => await workload('system:serviceaccount:other:other'),
      },
    ];
  for (const { title, code, credential } of refused) {
    test(`${title} is refused with ${code}`, async () => {
      const asked = (await credential()).getToken('https://vault.azure.net/.default');
      assert.match((await failure(asked)).message, new RegExp(`${code}\\b`));
    });
  }

  const assertions = [
    { title: 'expired', code: 700024, claims: { sub: 'good', aud: 'api://AzureADTokenExchange' }, exp: -60 },
    { title: 'for another audience', code: 700212, claims: { sub: 'good', aud: 'vault' }, exp: 60 },
    {
      title: 'signed with another key than the certificate',
      code: 700027,
      claims: { sub: 'good', aud: 'x' },
      exp: 60,
      forged: true,
    },
    { title: 'no JWT', code: 50027, exp: 60 },
  ];
  for (const { title, code, claims, exp, forged } of assertions) {
    test(`an assertion that is ${title} is refused with AADSTS${code}`, async () => {
      const { workload: federated, clientCertificate } = vault.identities;
      const { fingerprint256 } = new X509Certificate(clientCertificate.certificatePem);
      const thumbprint = Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
      const key = createPrivateKey(clientCertificate.keyPem);
      const jwt = await new SignJWT({ ...claims, exp: Math.floor(Date.now() / 1000) + exp })
        .setProtectedHeader({ alg: 'RS256', ...(forged === true ? { 'x5t#S256': thumbprint } : {}) })
        .sign(key);
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'https://vault.azure.net/.default',
        client_id: forged === true ? clientCertificate.clientId : federated.clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: claims === undefined ? 'no JWT' : forged === true ? `${jwt.slice(0, -8)}AAAAAAAA` : jwt,
      });
      const answer = await call(
        `${vault.url}/${vault.tenantId}/oauth2/v2.0/token`,
        { ca: vault.caPem },
        { body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      );
      const { error_codes: codes } = JSON.parse(answer.text) as { error_codes: number[] };
      assert.deepEqual({ status: answer.status, codes }, { status: code === 50027 ? 400 : 401, codes: [code] });
    });
  }

  test('the endpoints of an unknown tenant are refused with AADSTS90002', async () => {
    const url = `${vault.url}/${vault.identities.managed.clientId}/v2.0/.well-known/openid-configuration`;
    const { status, text } = await call(url, { ca: vault.caPem });
    assert.equal(status, 400);
    assert.match(text, /AADSTS90002: Tenant/);
  });

  test('a subject that is federated later is taken', async () => {
    const subject = 'system:serviceaccount:team-a:pki';
    const credential = await workload(subject);
    await failure(reads(credential));
    await vault.federate(subject);
    await reads(credential);
  });

  test('a call without a token is shown where tokens come from', async () => {
    const { status, headers } = await call(`${vault.url}/secrets/secret?api-version=7.6`, { ca: vault.caPem });
    assert.equal(status, 401);
    assert.equal(
      headers['www-authenticate'],
      `Bearer authorization="${vault.url}/${vault.tenantId}", resource="https://vault.azure.net"`,
    );
  });

  test('a token that was revoked is no longer taken, nor one that has expired', async () => {
    const { token } = (await secretCredential(vault).getToken('https://vault.azure.net/.default')) ?? { token: '' };
    const held: Credential = {
      getToken: async () => await Promise.resolve({ token, expiresOnTimestamp: Date.now() + 60_000 }),
    };
    await reads(held);
    await vault.revokeTokens();
    assert.equal((await refusal(reads(held))).status, 401);
    await vault.setTokenLifetime(-1);
    const late = (await secretCredential(vault).getToken('https://vault.azure.net/.default'))?.token ?? '';
    await vault.setTokenLifetime(3600);
    const { status, text } = await call(
      `${vault.url}/secrets/secret?api-version=7.6`,
      { ca: vault.caPem },
      { headers: { authorization: `Bearer ${late}` } },
    );
    assert.equal(status, 401);
    assert.match(text, /TokenExpired/);
  });

  test('the token endpoint has faults of its own', async () => {
    await vault.fault('token', { kind: 'status', status: 503 });
    assert.match((await failure(reads(secretCredential(vault)))).message, /temporarily/);
  });
});
