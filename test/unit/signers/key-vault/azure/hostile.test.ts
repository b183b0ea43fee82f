import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VaultProblem } from '../../../../../src/signers/key-vault/vault.ts';
import { createByteBudget, issuerAnswerBytes, processAnswerBytes } from '../../../../../src/signers/network/byte-budget.ts';
import { httpsServer } from '../../network/support/servers.ts';
import { testCA } from '../../network/support/certificates.ts';
import { callContext, type FakeAzure, fakeAzure, type Reply } from './support/fake-azure.ts';
import { keyBundle, keyVersion, tbs } from './support/vault-objects.ts';
import { problem } from './support/problem.ts';

const bundle = (azure: FakeAzure, change: object): Reply => {
  const { key, ...rest } = keyBundle('rsa', azure.vaultUrl) as { readonly key: object };
  return { status: 200, body: { ...rest, key: { ...key, ...change } } };
};

describe('a vault that is none', () => {
  const noKeys: readonly (readonly [string, (azure: FakeAzure) => Reply, VaultProblem['code'], RegExp])[] = [
    [
      'garbage',
      () => ({ status: 200, body: '<html>\u0000' }),
      'Invalid',
      /what was answered \(200\) is not what a vault answers/,
    ],
    ['nothing', () => ({ status: 200, body: '' }), 'Invalid', /is not what a vault answers; check keyVault\.vaultUrl/],
    ['a list', () => ({ status: 200, body: [] }), 'Invalid', /is not what a vault answers/],
    ['no key', () => ({ status: 200, body: { attributes: {} } }), 'Invalid', /is not what a vault answers/],
    ['a page', () => ({ status: 203, body: 'proxy' }), 'Invalid', /\(203\) is not what a vault answers/],
    ['a redirect', () => ({ status: 302, body: '' }), 'Invalid', /\(302\) is not what a vault answers/],
    ['a key without numbers', (azure) => bundle(azure, { n: undefined }), 'Invalid', /the answer holds no public key/],
    ['numbers of another type', (azure) => bundle(azure, { n: { length: 7 } }), 'Invalid', /holds no public key/],
    ['numbers that are none', (azure) => bundle(azure, { n: 'AA', e: 'AA' }), 'Unfit', /an RSA key of 0 bits/],
    ['an endless number', (azure) => bundle(azure, { n: 'A'.repeat(9000) }), 'Invalid', /holds no public key/],
    [
      'a symmetric key',
      (azure) => bundle(azure, { kty: 'oct-HSM' }),
      'Unfit',
      /it is a key of type oct-HSM; a CA signs with a key of type RSA/,
    ],
    [
      'a curve of coins',
      (azure) => bundle(azure, { kty: 'EC', crv: 'P-256K', x: 'AQ', y: 'AQ' }),
      'Unfit',
      /its curve is P-256K/,
    ],
    [
      'a small key',
      (azure) => bundle(azure, { n: Buffer.alloc(128, 0xff).toString('base64url') }),
      'Unfit',
      /an RSA key of 1024 bits/,
    ],
    [
      'another key',
      (azure) => bundle(azure, { kid: `${azure.vaultUrl}/keys/other/${keyVersion}` }),
      'Invalid',
      /about another object/,
    ],
    ['no version', (azure) => bundle(azure, { kid: `${azure.vaultUrl}/keys/rsa` }), 'Invalid', /names no version/],
    ['a name that is an address', (azure) => bundle(azure, { kid: 'http://[' }), 'Invalid', /is not what a vault answers/],
  ];
  for (const [what, answer, code, words] of noKeys) {
    test(`answers ${what} in place of a key`, async (t) => {
      const azure = await fakeAzure(t);
      azure.vaultInstead = () => answer(azure);
      problem(await (await azure.open()).getKey('rsa', undefined, callContext()), code, words);
    });
  }

  test('gives its identifiers no host of its own', async (t) => {
    const azure = await fakeAzure(t);
    azure.vaultInstead = () => bundle(azure, { kid: `https://evil.test/keys/rsa/${keyVersion}` });
    const key = await (await azure.open()).getKey('rsa', undefined, callContext());
    assert.ok(key.ok);
    assert.equal(key.value.id, `${azure.vaultUrl}/keys/rsa/${keyVersion}`);
  });

  test('answers signatures that are none', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const [ec, rsa] = [
      await vault.getKey('p256', undefined, callContext()),
      await vault.getKey('rsa', undefined, callContext()),
    ];
    assert.ok(ec.ok && rsa.ok);
    for (const value of [undefined, '', 7, 'AAAA', Buffer.alloc(64).toString('base64url')]) {
      azure.vaultInstead = () => ({ status: 200, body: { kid: ec.value.id, value } });
      problem(await vault.sign(ec.value, 'ES256', tbs, callContext()), 'Invalid', /The key "p256" of .* does not sign: /);
      problem(await vault.sign(rsa.value, 'PS512', tbs, callContext()), 'Invalid', /does not sign: /);
    }
  });

  test('answers more than is read, or a part', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    azure.vaultInstead = () => ({ status: 200, body: 'a'.repeat(2_000_000) });
    problem(await vault.getSecret('ca', undefined, callContext()), 'CAAnswerTooLarge', /is larger than 1 MiB/);
    azure.vaultInstead = (_seen, response) => {
      response.writeHead(200, { 'content-length': 500 });
      response.write('{"value":');
      setTimeout(() => response.destroy(), 20);
      return 'done';
    };
    problem(await vault.getSecret('ca', undefined, callContext()), 'CAUnreachable', /the vault cannot be reached: team\.vault/);
  });

  test('holds no more than its share, so that other issuers can read', async (t) => {
    const azure = await fakeAzure(t);
    const answers = createByteBudget(processAnswerBytes);
    const vault = await azure.open(undefined, { answers });
    azure.vaultInstead = (_seen, response) => {
      response.writeHead(200).write('a'.repeat(1_000_000));
      return 'done';
    };
    const stop = new AbortController();
    const outcomes = Array.from({ length: 20 }, async () => await vault.getSecret('ca', undefined, { signal: stop.signal }));
    const ended = Promise.withResolvers<void>();
    let refusals = 0;
    for (const outcome of outcomes) {
      void outcome.then(
        (result) => {
          problem(result, 'CAAnswerTooLarge', /all that it answers at once larger than 16 MiB/);
          refusals += 1;
          if (refusals === 4) ended.resolve();
        },
        () => undefined,
      );
    }
    await ended.promise;
    assert.ok(answers.take(processAnswerBytes - issuerAnswerBytes), 'the share of the others is free');
    stop.abort(new Error('the end of the test'));
    await Promise.allSettled(outcomes);
  });

  test('lists pages without end, elsewhere, or of nonsense', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    let pages = 0;
    azure.vaultInstead = () => {
      pages += 1;
      return {
        status: 200,
        body: { value: [{ kid: `${azure.vaultUrl}/keys/other/1` }, {}], nextLink: `${azure.vaultUrl}/again` },
      };
    };
    problem(await vault.listKeyVersions('rsa', callContext()), 'Invalid', /is not what a vault answers/);
    azure.vaultInstead = () => {
      pages += 1;
      const value = [{ kid: `${azure.vaultUrl}/keys/rsa/${'a'.repeat(32)}` }, { kid: `${azure.vaultUrl}/keys/other/1` }];
      return { status: 200, body: { value, nextLink: `${azure.vaultUrl}/again` } };
    };
    pages = 0;
    const listed = await vault.listKeyVersions('rsa', callContext());
    assert.ok(listed.ok);
    assert.equal(pages, 40);
    assert.equal(listed.value.length, 40);

    const elsewhere = await httpsServer(t, await (await testCA()).issue(['DNS:evil.test']));
    azure.vaultInstead = () => ({ status: 200, body: { value: [], nextLink: `https://evil.test:${elsewhere.port}/` } });
    const strayed = await vault.listKeyVersions('rsa', callContext());
    problem(strayed, 'Invalid', /is not what a vault answers/);
    assert.equal(elsewhere.connections(), 0);
  });

  test('redirects to another host, where the token does not go', async (t) => {
    const azure = await fakeAzure(t);
    const location = `https://evil.test:${azure.entraServer.port}/keys/rsa`;
    const vault = await azure.open();
    for (const status of [301, 302, 303, 307, 308]) {
      azure.vaultInstead = () => ({ status, headers: { location } });
      problem(
        await vault.getKey('rsa', undefined, callContext()),
        'RedirectRefused',
        /the vault does not answer itself: .*another origin/,
      );
    }
    assert.ok(azure.entraServer.requests.every(({ url }) => !url?.startsWith('/keys')));
  });

  test('asks for a token of something else than Key Vault', async (t) => {
    const azure = await fakeAzure(t);
    const at = `authorization="https://login.windows.net/11111111-1111-1111-1111-111111111111"`;
    const words = /it is not a Key Vault of Azure's: .*no token is sent to it; check keyVault\.vaultUrl/;
    for (const resource of ['https://management.azure.com', 'https://vault.azure.cn', 'https://evil.test', 'garbage', '%00']) {
      azure.challenge = `Bearer ${at}, resource="${resource}"`;
      problem(await (await azure.open()).getKey('rsa', undefined, callContext()), 'AddressRefused', words);
    }
    azure.challenge = 'Bearer authorization="nowhere", resource="https://vault.azure.net"';
    problem(await (await azure.open()).getKey('rsa', undefined, callContext()), 'AddressRefused', words);
    for (const challenge of [undefined, 'Basic realm="x"', ',,,,', 'Bearer']) {
      azure.challenge = challenge;
      const refused = await (await azure.open()).getKey('rsa', undefined, callContext());
      problem(refused, 'Invalid', /answers 401 and does not say which token it wants/);
    }
    assert.equal(azure.atEntra.length, 0);
    assert.ok(azure.atVault.every(({ authorization, body }) => authorization === undefined && body === ''));
    azure.challenge = `Bearer ${at}, resource="https://somewhere.test"`;
    const forTests = await azure.open(undefined, { disableChallengeVerification: true });
    assert.ok((await forTests.getKey('rsa', undefined, callContext())).ok);
  });

  test('names an authority of its own, which is not asked', async (t) => {
    const azure = await fakeAzure(t);
    const evil = `https://evil.test:${azure.vaultServer.port}/11111111-1111-1111-1111-111111111111`;
    azure.challenge = `Bearer authorization="${evil}", resource="https://vault.azure.net"`;
    assert.ok((await (await azure.open()).getKey('rsa', undefined, callContext())).ok);
    assert.ok(azure.atVault.every(({ path }) => path.startsWith('/keys/')));
  });
});
