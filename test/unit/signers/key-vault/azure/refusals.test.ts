import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CallContext } from '../../../../../src/signers/signer.ts';
import type { Result } from '../../../../../src/lib/result.ts';
import type { Vault, VaultProblem } from '../../../../../src/signers/key-vault/vault.ts';
import { callContext, clientId, fakeAzure, type Reply } from './support/fake-azure.ts';
import { problem } from './support/problem.ts';
import { tbs } from './support/vault-objects.ts';

const who = `the application ${clientId} \\(client secret\\)`;

/** What vaults answer, as it is seen of them. */
const refusal = (status: number, code: string, inner: string | undefined, message: string): Reply => ({
  status,
  body: { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } },
});
const rbac = refusal(
  403,
  'Forbidden',
  'ForbiddenByRbac',
  "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=x;oid=y\r\nAction: 'Microsoft.KeyVault/vaults/keys/sign/action'\r\nVault: team;location=westeurope\r\n",
);

type Call = (vault: Vault, context: CallContext) => Promise<Result<unknown, VaultProblem>>;
const getKey: Call = (vault, context) => vault.getKey('rsa', undefined, context);
const createKey: Call = (vault, context) => vault.createKey('rsa', { type: 'RSA', bits: 2048 }, context);
const getSecret: Call = (vault, context) => vault.getSecret('ca', undefined, context);
const setSecret: Call = (vault, context) => vault.setSecret('ca', 'PEM', context);
const getCertificate: Call = (vault, context) => vault.getCertificate('ca', undefined, context);
const listVersions: Call = (vault, context) => vault.listKeyVersions('rsa', context);

describe('a vault that does not permit an operation', () => {
  const permissions: readonly (readonly [string, Call, string])[] = [
    ['The key "rsa" of .* cannot be read', getKey, 'role "Key Vault Crypto User" \\(RBAC\\), or the permission Key/Get'],
    [
      'The versions of the key "rsa" of .* cannot be listed',
      listVersions,
      '"Key Vault Crypto User" \\(RBAC\\), or the permission Key/List',
    ],
    ['The key "rsa" cannot be made in https', createKey, '"Key Vault Crypto Officer" \\(RBAC\\), or the permission Key/Create'],
    ['The secret "ca" of .* cannot be read', getSecret, '"Key Vault Secrets User" \\(RBAC\\), or the permission Secret/Get'],
    [
      'The secret "ca" cannot be written to https',
      setSecret,
      '"Key Vault Secrets Officer" \\(RBAC\\), or the permission Secret/Set',
    ],
    [
      'The certificate "ca" of .* cannot be read',
      getCertificate,
      '"Key Vault Reader" \\(RBAC\\), or the permission Certificate/Get',
    ],
  ];
  for (const [what, call, advice] of permissions) {
    test(`says which role or permission is missing: ${what}`, async (t) => {
      const azure = await fakeAzure(t);
      azure.vaultInstead = () => rbac;
      const words = new RegExp(
        `^${what}.*: ${who} has no right to; give it the .*${advice} \\(access policy\\); .*\\. ` +
          'The vault answered 403 Forbidden ForbiddenByRbac: "Caller is not authorized to perform action on resource\\. If .*…"\\.$',
      );
      const { message } = problem(await call(await azure.open(), callContext()), 'Forbidden', words);
      assert.ok(!message.includes('\r') && message.length < 700, message);
    });
  }

  test('says it of signing', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const key = await vault.getKey('rsa', undefined, callContext());
    assert.ok(key.ok);
    azure.vaultInstead = () => rbac;
    const words =
      /The key "rsa" of .* does not sign: .* has no right to; give it the role "Key Vault Crypto User" \(RBAC\), or the permission Key\/Sign/;
    problem(await vault.sign(key.value, 'RS256', tbs, callContext()), 'Forbidden', words);
  });
});

describe('a vault that refuses', () => {
  const cases: readonly (readonly [string, Reply, Call, VaultProblem['code'], RegExp])[] = [
    [
      'its firewall',
      refusal(403, 'Forbidden', 'ForbiddenByFirewall', 'Client address is not authorized and caller is not a trusted service.'),
      getKey,
      'Forbidden',
      /the firewall of the vault does not let this cluster in; allow the outgoing addresses/,
    ],
    [
      'no private endpoint',
      refusal(403, 'Forbidden', 'ForbiddenByConnection', 'Public network access is disabled'),
      getKey,
      'Forbidden',
      /takes connections from its private endpoints only.*privatelink\.vaultcore\.azure\.net/,
    ],
    [
      'an access policy',
      refusal(403, 'Forbidden', 'AccessDenied', 'The user, group or application does not have secrets get permission'),
      getSecret,
      'Forbidden',
      /the permission Secret\/Get \(access policy\)/,
    ],
    [
      'a disabled key',
      refusal(403, 'Forbidden', 'KeyDisabled', 'Operation get is not allowed on a disabled key.'),
      getKey,
      'Unusable',
      /the key is disabled; enable it \(az keyvault key set-attributes --vault-name team --name rsa --enabled true\)/,
    ],
    [
      'a disabled secret',
      refusal(403, 'Forbidden', 'SecretDisabled', 'Operation get is not allowed on a disabled secret.'),
      getSecret,
      'Unusable',
      /the secret is disabled; enable it/,
    ],
    [
      'a disabled certificate by its words',
      refusal(403, 'Forbidden', undefined, 'Operation get is not allowed on a disabled certificate.'),
      getCertificate,
      'Unusable',
      /the certificate is disabled/,
    ],
    [
      'an expired key',
      refusal(403, 'Forbidden', 'KeyExpired', 'x'),
      getKey,
      'Unusable',
      /the key has expired; set a later end/,
    ],
    [
      'an expired key by its words',
      refusal(403, 'Forbidden', undefined, 'Operation sign is not allowed on an expired key.'),
      getKey,
      'Unusable',
      /the key has expired/,
    ],
    [
      'a key of tomorrow',
      refusal(403, 'Forbidden', 'KeyNotYetValid', 'x'),
      getKey,
      'Unusable',
      /the key is not yet valid; wait/,
    ],
    [
      'another use of the key',
      refusal(403, 'Forbidden', 'KeyOperationForbidden', 'Operation sign is not permitted on this key.'),
      getKey,
      'Unusable',
      /its permitted operations do not hold this one; permit it \(az .* --ops sign verify\)/,
    ],
    [
      'no such key',
      refusal(404, 'KeyNotFound', undefined, 'A key with (name/id) rsa was not found in this key vault.'),
      getKey,
      'NotFound',
      /has no such key, or no such version of it; check .* recover it \(az keyvault key recover .*answered 404 KeyNotFound: "A key with/,
    ],
    ['no such secret', refusal(404, 'SecretNotFound', undefined, 'x'), getSecret, 'NotFound', /has no such secret/],
    ['nothing of the kind', { status: 404, body: '<html>' }, getKey, 'NotFound', /The vault answered 404\.$/],
    [
      'a deleted key',
      refusal(409, 'Conflict', 'ObjectIsDeletedButRecoverable', 'Key rsa is currently in a deleted but recoverable state'),
      createKey,
      'Conflict',
      /a key of this name was deleted.*recover it \(az keyvault key recover .*\), or purge it/,
    ],
    [
      'a busy name',
      refusal(409, 'Conflict', 'ObjectIsBeingRecovered', 'x'),
      setSecret,
      'Conflict',
      /is busy with the secret.*try again/,
    ],
    [
      'a wrong algorithm',
      refusal(400, 'BadParameter', undefined, 'Key and signing algorithm are incompatible.'),
      getKey,
      'Refused',
      /the vault refuses the request; .*answered 400 BadParameter: "Key and signing algorithm are incompatible\."/,
    ],
    [
      'an error of its own',
      refusal(500, 'InternalServerError', undefined, 'x'),
      getKey,
      'Unavailable',
      /cannot do it at the moment/,
    ],
    ['an error without words', { status: 503 }, getKey, 'Unavailable', /The vault answered 503\.$/],
    ['a slow request', { status: 408 }, getKey, 'Unavailable', /cannot do it at the moment/],
    ['an odd error', { status: 418, body: { error: ['x'] } }, getKey, 'Refused', /The vault answered 418\.$/],
  ];
  for (const [what, reply, call, code, words] of cases) {
    test(`says so: ${what}`, async (t) => {
      const azure = await fakeAzure(t);
      azure.vaultInstead = () => reply;
      const { afterMs, cause } = problem(await call(await azure.open(), callContext()), code, words);
      assert.equal(afterMs, undefined);
      assert.equal(cause, undefined);
      assert.equal(azure.atVault.filter(({ authorization }) => authorization !== undefined).length, 1, 'it was asked once');
    });
  }

  test('says when it may be asked again', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const throttled = refusal(429, 'Throttled', undefined, 'Reason: VaultRequestTypeLimitReached');
    const date = new Date(Date.now() + 60_000).toUTCString();
    for (const [value, least, most] of [
      ['7', 7000, 7000],
      [date, 55_000, 61_000],
    ] as const) {
      azure.vaultInstead = () => ({ ...throttled, headers: { 'retry-after': value } });
      const { afterMs = 0 } = problem(await getKey(vault, callContext()), 'Throttled', /gets more requests than it takes/);
      assert.ok(afterMs >= least && afterMs <= most, String(afterMs));
    }
    azure.vaultInstead = () => throttled;
    assert.equal(problem(await getKey(vault, callContext()), 'Throttled', /VaultRequestTypeLimitReached/).afterMs, undefined);
  });
});
