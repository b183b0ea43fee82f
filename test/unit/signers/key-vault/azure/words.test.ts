import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { authorityOf } from '../../../../../src/signers/key-vault/azure/authority.ts';
import { networkFinding } from '../../../../../src/signers/key-vault/azure/network-problem.ts';
import { howToPermit } from '../../../../../src/signers/key-vault/azure/permissions.ts';
import { quoted } from '../../../../../src/signers/key-vault/azure/words.ts';
import type { HttpFailureCode } from '../../../../../src/signers/network/exchange.ts';

describe("a server's words", () => {
  const cases: readonly (readonly [string, unknown, readonly string[], string])[] = [
    ['on one line', 'first\r\n  second\u0007', [], '"first second\\u0007"'],
    ['no words', ' \n', [], ''],
    ['no text', { message: 'x' }, [], ''],
    ['without a secret', 'you sent p@ss/1 and p%40ss%2F1', ['p@ss/1'], '"you sent … and …"'],
    ['without a secret that holds another', 'abcdef', ['abcd', 'abcdef'], '"…"'],
    ['with words that only look like a short secret', 'the key', ['e', ''], '"the key"'],
    ['without what looks like a token', `token ${'a1_-'.repeat(20)}!`, [], '"token …!"'],
  ];
  for (const [what, text, secrets, shown] of cases) {
    test(`are shown ${what}`, () => assert.equal(quoted(text, secrets), shown));
  }

  test('are cut at 200 characters, after secrets are taken out', () => {
    const secret = 's e c r e t';
    const shown = quoted(`${'x '.repeat(97)}${secret}${' y'.repeat(9000)}`, [secret]);
    assert.equal(Array.from(shown).length, 202);
    assert.ok(!shown.includes('s e'), shown);
  });
});

describe('the role that is missing', () => {
  test('is one of the HSM where that is managed', () => {
    const hsm = 'https://team.managedhsm.azure.net';
    assert.equal(
      howToPermit('keys/sign', hsm),
      'give it the role "Managed HSM Crypto User" (local RBAC of the HSM) for /keys or this key',
    );
    assert.match(howToPermit('keys/create', hsm), /"Managed HSM Crypto User"/);
    assert.match(howToPermit('secrets/get', hsm), /holds keys and nothing else/);
  });
});

describe('where tokens come from', () => {
  const env = { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' };
  test('is the cloud of the issuer, else of the environment, else the public one', () => {
    const known = (host: string, federatedAudience: string) => ({
      ok: true,
      value: { origin: `https://${host}`, host, isKnown: true, federatedAudience },
    });
    const audience = 'api://AzureADTokenExchange';
    assert.deepEqual(authorityOf('china', env), known('login.chinacloudapi.cn', `${audience}China`));
    assert.deepEqual(authorityOf(undefined, env), known('login.microsoftonline.us', `${audience}USGov`));
    assert.deepEqual(authorityOf(undefined, { AZURE_AUTHORITY_HOST: '' }), known('login.microsoftonline.com', audience));
    const own = authorityOf(undefined, { AZURE_AUTHORITY_HOST: 'https://login.stack.example:8443/adfs' });
    assert.deepEqual(own, {
      ok: true,
      value: {
        origin: 'https://login.stack.example:8443',
        host: 'login.stack.example:8443',
        isKnown: false,
        federatedAudience: audience,
      },
    });
    for (const wrong of ['http://login.microsoftonline.com', 'login']) {
      const refused = authorityOf(undefined, { AZURE_AUTHORITY_HOST: wrong });
      assert.ok(!refused.ok && refused.error.code === 'ConfigError' && /AZURE_AUTHORITY_HOST/.test(refused.error.message));
    }
  });
});

describe('a failure of the network', () => {
  const messages: readonly (readonly [HttpFailureCode, boolean, string])[] = [
    ['AddressRefused', false, 'the vault may not be reached: h:1: it is there; why; check keyVault.vaultUrl'],
    ['CAUnreachable', false, 'the vault cannot be reached: h:1: it is there; check keyVault.vaultUrl'],
    ['CATimeout', true, 'the vault (h:1) does not answer in time; check keyVault.vaultUrl'],
    ['CATimeout', false, 'the vault (h:1) takes no connection in time; check keyVault.vaultUrl'],
    ['TLSFailed', false, 'the vault is not believed: h:1: it is there; the roots of the system'],
    [
      'CAAnswerTooLarge',
      true,
      'the answer of the vault (h:1) is larger than 1 MiB, or all that it answers at once larger than 16 MiB; no vault answers so',
    ],
    ['RedirectRefused', true, 'the vault does not answer itself: h:1: it is there; no vault answers so'],
    ['ProxyFailed', false, 'the vault cannot be reached: h:1: it is there; see HTTPS_PROXY'],
  ];
  test('is told without the settings of other signers', () => {
    for (const [code, sent, words] of messages) {
      const failure = { code, sent, message: 'h:1: it is there; why' };
      const { what, advice, ...rest } = networkFinding('vault', { host: 'h:1', failure });
      assert.ok(`${what}; ${advice}`.startsWith(words), `${what}; ${advice}`);
      assert.deepEqual(rest, { code });
    }
  });
});
