import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callContext, fakeAzure } from './support/fake-azure.ts';
import { tbs } from './support/vault-objects.ts';

describe('the token of a vault', () => {
  test('is asked for once, however many calls of all kinds there are', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const key = await vault.getKey('p256', undefined, callContext());
    assert.ok(key.ok);
    const all = await Promise.all([
      vault.sign(key.value, 'ES256', tbs, callContext()),
      vault.getSecret('ca', undefined, callContext()),
      vault.getCertificate('ca', undefined, callContext()),
      vault.listKeyVersions('p256', callContext()),
    ]);
    assert.ok(all.every(({ ok }) => ok));
    assert.equal(azure.atEntra.length, 1);
  });

  test('is asked for once where the first calls come at once', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const calls = [1, 2, 3].map(() => vault.getKey('rsa', undefined, callContext()));
    const all = await Promise.all([...calls, vault.getSecret('ca', undefined, callContext())]);
    assert.ok(all.every(({ ok }) => ok));
    assert.equal(azure.atEntra.length, 1);
  });

  test('is asked for anew, over a new connection, once the last is forgotten', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
    azure.revoked.add('eyJ-token-1-of-the-test');
    const refused = await vault.getKey('rsa', undefined, callContext());
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, 'Unauthorized');
    assert.match(
      refused.error.message,
      /the vault does not take the token of the application .*The vault answered 401 Unauthorized/,
    );
    assert.equal(azure.atEntra.length, 1);
    const connections = azure.vaultServer.connections();
    vault.forget();
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
    assert.equal(azure.atEntra.length, 2);
    assert.equal(azure.atVault.at(-1)?.authorization, 'Bearer eyJ-token-2-of-the-test');
    assert.equal(azure.vaultServer.connections(), connections + 1);
  });

  test('is forgotten without cutting the calls that are under way', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const arrived = Promise.withResolvers<() => void>();
    azure.vaultInstead = (_seen, response) => {
      arrived.resolve(() => response.end('{"error":{"code":"Later"}}'));
      return 'done';
    };
    const slow = vault.getKey('rsa', undefined, callContext());
    const finish = await arrived.promise;
    vault.forget();
    finish();
    const done = await slow;
    assert.ok(!done.ok);
    assert.equal(done.error.code, 'Invalid');
  });

  test('is asked for again after a refusal, which MSAL would repeat by itself', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    azure.entraInstead = () => ({
      status: 503,
      body: { error: 'temporarily_unavailable', error_description: 'AADSTS90033: busy' },
    });
    const first = await vault.getKey('rsa', undefined, callContext());
    assert.ok(!first.ok);
    assert.equal(first.error.code, 'Unavailable');
    azure.entraInstead = () => undefined;
    assert.ok((await vault.getKey('rsa', undefined, callContext())).ok);
  });

  test('is not taken from others where one who waits for it gives up', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const asked = Promise.withResolvers<() => void>();
    let held = false;
    azure.entraInstead = ({ method }, response) => {
      if (method === 'GET' || held) return undefined;
      held = true;
      const token = { token_type: 'Bearer', expires_in: 3600, access_token: 'eyJ-late' };
      asked.resolve(() => response.end(JSON.stringify(token)));
      return 'done';
    };
    const impatient = new AbortController();
    const one = vault.getKey('rsa', undefined, { signal: impatient.signal });
    const other = vault.getKey('rsa', undefined, callContext());
    const answer = await asked.promise;
    impatient.abort(new Error('given up'));
    await assert.rejects(one, /given up/);
    answer();
    assert.ok((await other).ok);
    assert.equal(azure.atVault.at(-1)?.authorization, 'Bearer eyJ-late');
  });

  test('is of the tenant of the identity and no other', async (t) => {
    const azure = await fakeAzure(t);
    azure.challenge = 'Bearer authorization="https://login.windows.net/other-tenant", resource="https://vault.azure.net"';
    const found = await (await azure.open()).getKey('rsa', undefined, callContext());
    assert.ok(!found.ok);
    assert.equal(found.error.code, 'Unauthorized');
    assert.match(found.error.message, /the vault is of the tenant other-tenant, and the application .* of the tenant 11111111/);
    assert.equal(azure.atEntra.length, 0);
  });
});
