import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VaultIdentity } from '../../../../../src/signers/key-vault/contract.ts';
import type { VaultProblem } from '../../../../../src/signers/key-vault/vault.ts';
import { callContext, clientId, clientSecret, fakeAzure, type Reply, tenantId } from './support/fake-azure.ts';
import { problem } from './support/problem.ts';

const assertion = `eyJ${'a'.repeat(40)}.payload.signature`;

const serviceAccount = (request: Extract<VaultIdentity, { type: 'serviceAccount' }>['token']['request']): VaultIdentity => ({
  type: 'serviceAccount',
  tenantId,
  clientId,
  token: { serviceAccount: 'team-a', audience: 'api://AzureADTokenExchange', request },
});

/** As Microsoft Entra ID answers. */
const refusal = (number: number, words: string, status = 401, error = 'invalid_client'): Reply => ({
  status,
  body: {
    error,
    error_description: `AADSTS${number}: ${words} Trace ID: 0 Correlation ID: 1 Timestamp: 2026-01-01 00:00:00Z`,
    error_codes: [number],
    trace_id: '0',
    correlation_id: '1',
  },
});

describe('a token that Microsoft Entra ID refuses', () => {
  const cases: readonly (readonly [Reply, VaultProblem['code'], RegExp])[] = [
    [
      refusal(7000215, 'Invalid client secret provided.'),
      'Unauthorized',
      /the client secret is wrong; write the value of the secret, not its id/,
    ],
    [
      refusal(7000222, 'The provided client secret keys are expired.'),
      'Unauthorized',
      /the client secret has expired; make a new one/,
    ],
    [
      refusal(700016, 'Application was not found.', 400, 'unauthorized_client'),
      'Unauthorized',
      /no such application in the tenant; check auth\.clientId/,
    ],
    [refusal(7000112, 'Application is disabled.'), 'Unauthorized', /the application is disabled; enable it/],
    [
      refusal(90002, "Tenant 'x' not found.", 400, 'invalid_request'),
      'Unauthorized',
      /no such tenant; check auth\.tenantId and cloud/,
    ],
    [
      refusal(70021, 'No matching federated identity record found.'),
      'Unauthorized',
      /no federated credential of the identity fits .*oidcIssuerProfile/,
    ],
    [refusal(700211, 'No matching issuer.'), 'Unauthorized', /no federated credential of the identity fits/],
    [
      refusal(700213, "subject 'system:serviceaccount:a:b'."),
      'Unauthorized',
      /fits .*system:serviceaccount:NAMESPACE:NAME.*'system:serviceaccount:a:b'/,
    ],
    [
      refusal(700024, 'Client assertion is not within its valid time range.'),
      'Unauthorized',
      /the assertion is not valid at this time; set the clock/,
    ],
    [
      refusal(700027, 'The certificate is not registered.'),
      'Unauthorized',
      /client certificate is not one of the application; upload/,
    ],
    [
      refusal(53003, 'Access has been blocked by Conditional Access.', 400),
      'Unauthorized',
      /a Conditional Access policy forbids it/,
    ],
    [refusal(65001, 'The user has not consented.', 400), 'Unauthorized', /nobody consented/],
    [
      refusal(500011, 'The resource principal was not found.', 400),
      'Unauthorized',
      /the tenant does not know the vault .* one Azure cloud/,
    ],
    [
      refusal(99999, 'Something new.', 400),
      'Unauthorized',
      /Entra ID refuses; check auth\.tenantId, .*authSecretRef.*"AADSTS99999: Something new\./,
    ],
    [{ status: 400, body: '<html>' }, 'Unauthorized', /Microsoft Entra ID \(login\.test:\d+\) answered 400\.$/],
    [{ status: 400, body: { error: 'invalid_grant' } }, 'Unauthorized', /answered 400 invalid_grant: "invalid_grant"\.$/],
    [{ status: 500, body: 'x' }, 'Unavailable', /Entra ID gives no tokens at the moment; it is asked again later/],
    [
      { status: 200, body: '<html>' },
      'Invalid',
      /what login\.test:\d+ answered holds no token; check cloud, and AZURE_AUTHORITY_HOST/,
    ],
    [{ status: 200, body: { token_type: 'Bearer' } }, 'Invalid', /holds no token/],
    [{ status: 429, body: { error: 'x' }, headers: { 'retry-after': '9' } }, 'Throttled', /Entra ID gets too many requests/],
  ];
  test('is told by its number and what to do', async (t) => {
    const azure = await fakeAzure(t);
    for (const [reply, code, words] of cases) {
      azure.entraInstead = ({ method }) => (method === 'POST' ? reply : undefined);
      const found = problem(await (await azure.open()).getKey('rsa', undefined, callContext()), code, words);
      assert.match(found.message, /^The key "rsa" of https:.* cannot be read: /);
      assert.equal(found.afterMs, code === 'Throttled' ? 9000 : undefined);
      assert.equal(found.cause, undefined);
    }
    assert.equal(azure.atEntra.length, cases.length, 'each was asked once');
  });

  test('is told without what was sent for it, even where a server repeats that', async (t) => {
    const azure = await fakeAzure(t);
    const identities: readonly VaultIdentity[] = [
      { type: 'secret', tenantId, clientId, secret: clientSecret },
      serviceAccount(() => Promise.resolve({ ok: true, value: { token: assertion, expiresAt: 0 } })),
    ];
    azure.entraInstead = ({ method, body }) => {
      const form = new URLSearchParams(body);
      const sent = form.get('client_secret') ?? form.get('client_assertion') ?? '';
      return method === 'POST' ? refusal(7000215, `You sent ${sent} and ${encodeURIComponent(sent)}.`) : undefined;
    };
    for (const identity of identities) {
      const context = callContext();
      const found = problem(
        await (await azure.open(identity)).getKey('rsa', undefined, context),
        'Unauthorized',
        /You sent … and/,
      );
      const all = JSON.stringify([found.message, context.entries]);
      for (const secret of [clientSecret, assertion, assertion.slice(0, 30)]) assert.ok(!all.includes(secret), all);
    }
    azure.entraInstead = () => undefined;
    azure.vaultInstead = ({ authorization = '' }) => ({
      status: 403,
      body: { error: { code: authorization, message: authorization } },
    });
    problem(
      await (await azure.open()).getKey('rsa', undefined, callContext()),
      'Forbidden',
      /The vault answered 403: "Bearer …"/,
    );
  });

  test('is told as what the API server says where that makes none', async (t) => {
    const azure = await fakeAzure(t);
    const refused = serviceAccount(() =>
      Promise.resolve({ ok: false, error: { code: 'AuthError', message: 'there is no such ServiceAccount' } }),
    );
    const words =
      /the API server gave no token for the application .* \(ServiceAccount "team-a"\): there is no such ServiceAccount; check auth/;
    problem(await (await azure.open(refused)).getKey('rsa', undefined, callContext()), 'Unauthorized', words);
    const silent = serviceAccount(() =>
      Promise.resolve({ ok: false, error: { code: 'TokenRequestFailed', message: 'no answer' } }),
    );
    problem(
      await (await azure.open(silent)).getKey('rsa', undefined, callContext()),
      'Unavailable',
      /gave no token for .*: no answer/,
    );
    assert.equal(azure.atEntra.length, 0);
  });

  test('is told where the file of workload identity is not there', async (t) => {
    const azure = await fakeAzure(t);
    const env = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_FEDERATED_TOKEN_FILE: '/nowhere/token' };
    const vault = await azure.open({ type: 'environment' }, { env });
    const words =
      /no token for the workload identity of the controller .*ENOENT.*; give the pods of the controller the label azure\.workload/;
    problem(await vault.getKey('rsa', undefined, callContext()), 'Unauthorized', words);
  });
});
