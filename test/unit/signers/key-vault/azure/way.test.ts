import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testCA } from '../../network/support/certificates.ts';
import { connectProxy } from '../../network/support/connect-proxy.ts';
import { httpsServer } from '../../network/support/servers.ts';
import { callContext, fakeAzure, tenantId } from './support/fake-azure.ts';
import { problem } from './support/problem.ts';

describe('the way to a vault', () => {
  test('is refused where the policy refuses the address', async (t) => {
    const azure = await fakeAzure(t);
    const refused = await (await azure.open(undefined, { addresses: {} })).getKey('rsa', undefined, callContext());
    problem(refused, 'AddressRefused', /the vault may not be reached: .* is at 127\.0\.0\.1, and that is a loopback address/);
    assert.equal(azure.vaultServer.connections(), 0);
    const env = { AZURE_AUTHORITY_HOST: `https://127.0.0.2:${azure.entraServer.port}` };
    const vault = await azure.open(undefined, { env, addresses: { allow: ['127.0.0.1'] } });
    problem(
      await vault.getKey('rsa', undefined, callContext()),
      'AddressRefused',
      /Microsoft Entra ID may not be reached: .*127\.0\.0\.2/,
    );
    assert.equal(azure.entraServer.connections(), 0);
  });

  test('goes through the proxy of the environment', async (t) => {
    const azure = await fakeAzure(t);
    const proxy = await connectProxy(t);
    const proxyEnv = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    assert.ok((await (await azure.open(undefined, { proxyEnv })).getKey('rsa', undefined, callContext())).ok);
    assert.deepEqual([...new Set(proxy.seen)].toSorted(), [
      `CONNECT login.test:${azure.entraServer.port}`,
      `CONNECT team.vault.azure.net:${azure.vaultServer.port}`,
    ]);
    const deaf = await connectProxy(t, { status: 403 });
    const vault = await azure.open(undefined, { proxyEnv: { HTTPS_PROXY: `http://127.0.0.1:${deaf.port}` } });
    problem(await vault.getKey('rsa', undefined, callContext()), 'ProxyFailed', /answered 403.*see HTTPS_PROXY and NO_PROXY/);
  });

  test('leads to the Entra ID of the cloud, whatever the environment says', async (t) => {
    const azure = await fakeAzure(t);
    const clouds = [
      ['public', 'login.microsoftonline.com:443', 'vault.azure.net'],
      ['usGovernment', 'login.microsoftonline.us:443', 'vault.usgovcloudapi.net'],
      ['china', 'login.partner.microsoftonline.cn:443', 'vault.azure.cn'],
    ] as const;
    for (const [cloud, host, vaults] of clouds) {
      azure.challenge = `Bearer authorization="https://login.windows.net/${tenantId}", resource="https://${vaults}"`;
      const proxy = await connectProxy(t);
      const proxyEnv = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
      const vaultUrl = azure.vaultUrl.replace('vault.azure.net', vaults);
      const vault = await azure.open(undefined, { proxyEnv, cloud, vaultUrl });
      const refused = await vault.getKey('rsa', undefined, callContext());
      assert.ok(!refused.ok && refused.error.message.includes('Microsoft Entra ID'), JSON.stringify(refused));
      assert.deepEqual(proxy.seen, [`CONNECT team.${vaults}:${azure.vaultServer.port}`, `CONNECT ${host}`]);
    }
  });

  test('is not there', async (t) => {
    const azure = await fakeAzure(t);
    const nowhere = await azure.open(undefined, { vaultUrl: 'https://gone.vault.azure.net' });
    problem(
      await nowhere.getKey('rsa', undefined, callContext()),
      'CAUnreachable',
      /there is no such host; check keyVault\.vaultUrl, the DNS/,
    );
    const env = { AZURE_AUTHORITY_HOST: 'https://login.test:1' };
    const noTokens = await (await azure.open(undefined, { env })).getKey('rsa', undefined, callContext());
    problem(
      noTokens,
      'CAUnreachable',
      /Microsoft Entra ID cannot be reached: login\.test:1: nothing listens there; tokens come from there/,
    );
  });

  test('leads to somebody who is not believed', async (t) => {
    const azure = await fakeAzure(t);
    const vaultUrl = `https://team.vault.azure.net:${(await httpsServer(t, await (await testCA()).issue(['DNS:team.vault.azure.net']))).port}`;
    const refused = await (await azure.open(undefined, { vaultUrl })).getKey('rsa', undefined, callContext());
    const { message } = problem(
      refused,
      'TLSFailed',
      /the vault is not believed: .*; the roots of the system are believed, and those of NODE_EXTRA_CA/,
    );
    assert.ok(!message.includes('tls.ca'), message);
  });

  test('is left at once where the caller gives up', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const arrived = Promise.withResolvers<void>();
    azure.vaultInstead = () => {
      arrived.resolve();
      return 'done';
    };
    const caller = new AbortController();
    const call = vault.getKey('rsa', undefined, { signal: caller.signal });
    await arrived.promise;
    caller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    await assert.rejects(vault.getKey('rsa', undefined, { signal: caller.signal }), /enough/);
    azure.vaultInstead = () => undefined;
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
  });

  test('is closed with the vault', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
    await vault.close();
    problem(await vault.getKey('rsa', undefined, callContext()), 'CAUnreachable', /the connections of the issuer were closed/);
  });
});
