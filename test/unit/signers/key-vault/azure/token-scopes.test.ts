import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callContext, fakeAzure, type FakeAzure, tenantId } from './support/fake-azure.ts';
import { problem } from './support/problem.ts';

const login = `authorization="https://login.windows.net/${tenantId}"`;

/** The scopes of the tokens that Entra ID was asked for. */
function scopesOf({ atEntra }: FakeAzure): readonly (string | null)[] {
  return atEntra.map(({ body }) => new URLSearchParams(body).get('scope'));
}

describe('a token for a vault', () => {
  const foreign: readonly (readonly [string, string, string])[] = [
    ['the domain that its host is in', 'evil.test', 'resource="https://test"'],
    ['a domain above those of vaults', 'team.vault.azure.net', 'resource="https://azure.net"'],
    ['a top level domain', 'team.vault.azure.net', 'resource="https://net"'],
    ['a path below vaults', 'team.vault.azure.net', 'resource="https://vault.azure.net/../x"'],
    ['vaults with a query', 'team.vault.azure.net', 'resource="https://vault.azure.net?x=https://management.azure.com"'],
    ['a second scope', 'team.vault.azure.net', 'scope="https://vault.azure.net/.default openid"'],
    ['a scope of one vault', 'team.vault.azure.net', 'resource="https://team.vault.azure.net"'],
  ];
  for (const [what, host, wanted] of foreign) {
    test(`goes to no server that wants one for ${what}`, async (t) => {
      const azure = await fakeAzure(t);
      azure.challenge = `Bearer ${login}, ${wanted}`;
      const vault = await azure.open(undefined, { vaultUrl: azure.vaultUrl.replace('team.vault.azure.net', host) });
      const refused = await vault.getKey('rsa', undefined, callContext());
      problem(
        refused,
        'AddressRefused',
        /^The key "rsa" of \S+ cannot be read: it is not a Key Vault of Azure's: .*no token is sent to it; check keyVault\.vaultUrl/,
      );
      assert.deepEqual(scopesOf(azure), []);
      assert.ok(azure.atVault.every(({ authorization }) => authorization === undefined));
    });
  }

  const vaults = [
    ['public', 'vault.azure.net'],
    ['usGovernment', 'vault.usgovcloudapi.net'],
    ['china', 'vault.azure.cn'],
  ] as const;
  for (const [cloud, domain] of vaults) {
    test(`is one for the vaults of its cloud alone: ${cloud}`, async (t) => {
      const azure = await fakeAzure(t);
      azure.challenge = `Bearer ${login}, resource="https://${domain}"`;
      const vaultUrl = azure.vaultUrl.replace('vault.azure.net', domain);
      const anywhere = await azure.open(undefined, { vaultUrl });
      assert.ok((await anywhere.getKey('rsa', undefined, callContext())).ok);
      assert.deepEqual(scopesOf(azure), [`https://${domain}/.default`]);
      const other = await azure.open(undefined, { vaultUrl, cloud: cloud === 'china' ? 'public' : 'china' });
      problem(
        await other.getKey('rsa', undefined, callContext()),
        'AddressRefused',
        /it is of another Azure cloud than the issuer: it wants a token for "https:\/\/vault\.[^"]*\/\.default"; .*check keyVault\.vaultUrl and cloud/,
      );
      assert.equal(azure.atEntra.length, 1);
    });
  }

  test('is for whatever the server wants where the administrator switched that off', async (t) => {
    const azure = await fakeAzure(t);
    azure.challenge = `Bearer ${login}, resource="https://test"`;
    const vaultUrl = azure.vaultUrl.replace('team.vault.azure.net', 'evil.test');
    const vault = await azure.open(undefined, { vaultUrl, disableChallengeVerification: true });
    await vault.getKey('rsa', undefined, callContext());
    assert.deepEqual(scopesOf(azure), ['https://test/.default']);
  });

  const tenants = [
    ['another tenant', 'authorization="https://login.windows.net/99999999-9999-9999-9999-999999999999"'],
    ['a server that is not Entra ID', `authorization="https://evil.test/${tenantId}"`],
    ['an address of the cloud', `authorization="http://169.254.169.254/${tenantId}"`],
  ] as const;
  for (const [what, authorization] of tenants) {
    test(`is asked for nowhere but at the Entra ID of the issuer, whatever the vault names: ${what}`, async (t) => {
      const azure = await fakeAzure(t);
      azure.challenge = `Bearer ${authorization}, resource="https://vault.azure.net"`;
      await (await azure.open()).getKey('rsa', undefined, callContext());
      assert.ok(azure.atEntra.every(({ path }) => path.startsWith(`/${tenantId}/oauth2/v2.0/token`)));
      const hosts = new Set(azure.atVault.map(({ headers }) => headers.host));
      assert.deepEqual([...hosts], [new URL(azure.vaultUrl).host]);
    });
  }

  test('is not held up by a challenge that is long and odd', async (t) => {
    const azure = await fakeAzure(t);
    azure.challenge = `Bearer ${'a="'.repeat(2500)}`;
    const before = process.cpuUsage();
    problem(await (await azure.open()).getKey('rsa', undefined, callContext()), 'Invalid', /does not say which token it wants/);
    assert.ok(process.cpuUsage(before).user < 2_000_000);
  });
});
