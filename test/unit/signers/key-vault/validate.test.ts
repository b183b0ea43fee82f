import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configProblem } from '../../../../src/signers/key-vault/validate.ts';
import { clientId, config, tenantId } from './support/input.ts';

const serviceAccountRef = { name: 'pki' };
const application = { tenantId, clientId };
const configMapRef = { name: 'ca' };

test('an audience is one that Entra ID wants, and no other', () => {
  const audienceOf = (audience: string) => {
    return config({ auth: { ...application, serviceAccountRef: { name: 'pki', audience } } }).auth.serviceAccountRef?.audience;
  };
  for (const audience of ['api://AzureADTokenExchange', 'api://AzureADTokenExchangeUSGov', 'api://AzureADTokenExchangeChina'])
    assert.equal(audienceOf(audience), audience);
  for (const other of ['api://other', 'https://kubernetes.default.svc', 'sts.amazonaws.com'])
    assert.throws(() => audienceOf(other), /auth\.serviceAccountRef\.audience: .*api:\/\/AzureADTokenExchangeUSGov/);
});

describe('a configuration that no API server has checked is', () => {
  const bad: readonly (readonly [string, object, RegExp])[] = [
    ['no address', { vaultUrl: 'https://team.vault.azure.net:99999' }, /^keyVault\.vaultUrl: is not the address/],
    [
      'no place for the CA certificate',
      { caCertificate: {} },
      /^keyVault\.caCertificate: names no place; set exactly one of vaultSecret/,
    ],
    [
      'two places for the CA certificate',
      { caCertificate: { vaultSecret: {}, configMapRef } },
      /^keyVault\.caCertificate: names more than one place: vaultSecret, configMapRef; set/,
    ],
    [
      'no place for the bundle',
      { ca: {} },
      /^keyVault\.ca: names no place; set exactly one of secretRef, configMapRef, inline$/,
    ],
    ['two places for the bundle', { ca: { configMapRef, inline: 'x' } }, /^keyVault\.ca: names more than one place/],
    [
      'a client secret without ids',
      { auth: { type: 'clientSecret' } },
      /^keyVault\.auth\.type: clientSecret needs the tenantId/,
    ],
    [
      'a client certificate without clientId',
      { auth: { type: 'clientCertificate', tenantId } },
      /^keyVault\.auth\.type: client/,
    ],
    ['a ServiceAccount without ids', { auth: { serviceAccountRef } }, /^keyVault\.auth\.serviceAccountRef: needs the tenantId/],
    [
      'a ServiceAccount for another type',
      { auth: { type: 'managedIdentity', serviceAccountRef, ...application } },
      /^keyVault\.auth\.serviceAccountRef: is for type workloadIdentity, and type is managedIdentity/,
    ],
    [
      'a managed identity with a tenant',
      { auth: { type: 'managedIdentity', tenantId } },
      /^keyVault\.auth\.tenantId: .*remove it/,
    ],
  ];
  for (const [what, block, words] of bad) {
    test(`refused with ${what}`, () => assert.match(configProblem(config(block)) ?? '', words));
  }

  const good: readonly (readonly [string, object])[] = [
    ['the least there is', {}],
    ['a slash at the end of the address', { vaultUrl: 'https://team.vault.azure.net/' }],
    ['each place once', { caCertificate: { vaultCertificate: {} }, ca: { configMapRef } }],
    ['an application', { auth: { type: 'clientSecret', ...application } }],
    ['a ServiceAccount', { auth: { serviceAccountRef, ...application } }],
    ['a user-assigned identity of the node', { auth: { type: 'managedIdentity', clientId } }],
  ];
  for (const [what, block] of good) {
    test(`taken with ${what}`, () => assert.equal(configProblem(config(block)), undefined));
  }
});
