import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { httpServer } from '../../network/support/servers.ts';
import { callContext, clientId, fakeAzure } from './support/fake-azure.ts';

describe('a managed identity', () => {
  test('has its tokens from the endpoint that the platform names, not over the connections of issuers', async (t) => {
    const azure = await fakeAzure(t);
    const before = { ...process.env };
    t.after(() => {
      for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    });
    let found = true;
    const endpoint = await httpServer(t, (_request, response) => {
      const expires = Math.floor(Date.now() / 1000) + 86_400;
      const token = {
        access_token: 'eyJ-managed',
        expires_on: String(expires),
        token_type: 'Bearer',
        resource: 'https://vault.azure.net',
      };
      const refusal = { error: 'invalid_request', error_description: 'Identity not found' };
      response.writeHead(found ? 200 : 400, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ? token : refusal));
    });
    process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${endpoint.port}/msi/token`;
    process.env['IDENTITY_HEADER'] = 'header-of-the-platform';

    const vault = await azure.open({ type: 'managed', clientId });
    const key = await vault.getKey('rsa', undefined, callContext());
    assert.ok(key.ok, key.ok ? '' : key.error.message);
    assert.ok((await vault.getSecret('ca', undefined, callContext())).ok);
    assert.equal(endpoint.requests.length, 1);
    const asked = new URL(endpoint.requests[0]?.url ?? '', 'http://endpoint.test');
    assert.equal(asked.searchParams.get('resource'), 'https://vault.azure.net');
    assert.equal(asked.searchParams.get('client_id'), clientId);
    assert.equal(endpoint.requests[0]?.headers['x-identity-header'], 'header-of-the-platform');
    assert.equal(azure.atVault.at(-1)?.authorization, 'Bearer eyJ-managed');
    assert.equal(azure.atEntra.length, 0);

    found = false;
    const system = await azure.open({ type: 'managed' });
    const missing = await system.getKey('rsa', undefined, callContext());
    assert.ok(!missing.ok);
    assert.equal(missing.error.code, 'Unauthorized');
    assert.match(
      missing.error.message,
      /there is no token for the managed identity of the node \(system-assigned\): .*Identity not found/,
    );
    assert.match(
      missing.error.message,
      /see that the nodes have this identity, and that network policies let .* 169\.254\.169\.254/,
    );
  });
});
