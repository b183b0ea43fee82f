import assert from 'node:assert/strict';
import { constants, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import type { SignatureAlgorithm } from '../../../../../src/x509/signature-algorithm.ts';
import { callContext, clientId, clientSecret, fakeAzure } from './support/fake-azure.ts';
import { keyVersion, publicKeyOf, tbs } from './support/vault-objects.ts';

describe('a vault over the SDK', () => {
  test('reads a key with all that its owner set', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const found = await vault.getKey('p384', undefined, callContext());
    assert.ok(found.ok, found.ok ? '' : found.error.message);
    const { publicKey, ...key } = found.value;
    assert.deepEqual(key, {
      id: `${azure.vaultUrl}/keys/p384/${keyVersion}`,
      name: 'p384',
      version: keyVersion,
      type: 'EC-HSM',
      maySign: true,
      enabled: true,
      notBefore: 1_600_000_000_000,
      expiresOn: 2_000_000_000_000,
    });
    assert.deepEqual(publicKey.keyType, { kind: 'ec', curve: 'P-384' });
    assert.ok(publicKey.publicKey.equals(publicKeyOf('p384')));
    assert.equal(vault.url, azure.vaultUrl);
  });

  const cases: readonly (readonly [string, SignatureAlgorithm])[] = [
    ['rsa', 'RS256'],
    ['rsa', 'RS384'],
    ['rsa', 'RS512'],
    ['rsa-hsm', 'PS256'],
    ['rsa-hsm', 'PS384'],
    ['rsa-hsm', 'PS512'],
    ['p256', 'ES256'],
    ['p384', 'ES384'],
    ['p521', 'ES512'],
  ];
  test('signs with each kind of key, as X.509 wants it', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    for (const [name, algorithm] of cases) {
      const key = await vault.getKey(name, keyVersion, callContext());
      assert.ok(key.ok, key.ok ? '' : key.error.message);
      const signature = await vault.sign(key.value, algorithm, tbs, callContext());
      assert.ok(signature.ok, signature.ok ? '' : signature.error.message);
      const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      const verifier = { key: publicKeyOf(name), ...(algorithm.startsWith('PS') ? pss : {}) };
      assert.ok(verify(`sha${algorithm.slice(2)}`, tbs, verifier, signature.value), algorithm);
    }
  });

  test('signs with one POST and nothing else, once it knows which token is wanted', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const key = await vault.getKey('p256', undefined, callContext());
    assert.ok(key.ok);
    await vault.sign(key.value, 'ES256', tbs, callContext());
    const before = azure.atVault.length;
    for (let round = 0; round < 5; round += 1) assert.ok((await vault.sign(key.value, 'ES256', tbs, callContext())).ok);
    const since = azure.atVault.slice(before).map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);
    assert.deepEqual(
      since,
      Array.from({ length: 5 }, () => `POST /keys/p256/${keyVersion}/sign`),
    );
    assert.equal(azure.atEntra.length, 1);
  });

  test('lists the versions of a key from all pages, the newest first', async (t) => {
    const vault = await (await fakeAzure(t)).open();
    const listed = await vault.listKeyVersions('p256', callContext());
    assert.ok(listed.ok, listed.ok ? '' : listed.error.message);
    assert.deepEqual(
      listed.value.map(({ version, enabled }) => `${version[0]} ${enabled}`),
      ['5 true', '4 false', '3 true', '2 true', '1 true', '0 true'],
    );
    assert.equal(listed.value[0]?.createdOn, 1_700_000_005_000);
  });

  test('makes keys that may sign and verify', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    assert.ok((await vault.createKey('rsa-hsm', { type: 'RSA-HSM', bits: 3072 }, callContext())).ok);
    assert.ok((await vault.createKey('p256', { type: 'EC', curve: 'P-256' }, callContext())).ok);
    const bodies = azure.atVault.filter(({ body }) => body !== '').map(({ body }) => JSON.parse(body) as object);
    assert.deepEqual(bodies, [
      { kty: 'RSA-HSM', key_size: 3072, key_ops: ['sign', 'verify'], attributes: {} },
      { kty: 'EC', crv: 'P-256', key_ops: ['sign', 'verify'], attributes: {} },
    ]);
  });

  test('reads and writes secrets, and reads certificates', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const id = `${azure.vaultUrl}/secrets/ca/${keyVersion}`;
    assert.deepEqual(await vault.getSecret('ca', undefined, callContext()), { ok: true, value: { id, value: 'PEM of ca' } });
    const contentType = 'application/x-pem-file';
    assert.deepEqual(await vault.setSecret('ca', 'new', callContext()), { ok: true, value: { id, value: 'new', contentType } });
    for (const version of [undefined, keyVersion]) {
      const certificate = await vault.getCertificate('ca', version, callContext());
      assert.ok(certificate.ok, certificate.ok ? '' : certificate.error.message);
      assert.equal(certificate.value.id, `${azure.vaultUrl}/certificates/ca/${keyVersion}`);
      assert.equal(Buffer.from(certificate.value.der).toString(), 'DER of ca');
    }
  });

  test('tells what is sent and answered, without tokens, secrets or what is in them', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    const context = callContext();
    const key = await vault.getKey('p256', undefined, context);
    assert.ok(key.ok);
    await vault.sign(key.value, 'ES256', tbs, context);
    await vault.setSecret('ca', 'a value', context);
    await vault.getKey('missing', undefined, context);
    const lines = context.entries.map(({ part, text }) => `${part}: ${text}`);
    assert.ok(lines.includes(`sent: POST ${azure.vaultUrl}/keys/p256/${keyVersion}/sign ES256`), lines.join('\n'));
    assert.ok(lines.includes('answered: 404 KeyNotFound'), lines.join('\n'));
    assert.ok(lines.some((line) => /^sent: POST https:\/\/login\.test:\d+\/.*\/oauth2\/v2\.0\/token$/.test(line)));
    for (const secret of ['eyJ-token', clientSecret, 'a value', clientId]) {
      assert.ok(!lines.join('\n').includes(secret), `${secret} in ${lines.join('\n')}`);
    }
  });

  test('says who it is, and nothing of the machine', async (t) => {
    const azure = await fakeAzure(t);
    const vault = await azure.open();
    await vault.getKey('rsa', undefined, callContext());
    const agents = [...azure.vaultServer.requests, ...azure.entraServer.requests].map(({ headers }) => headers['user-agent']);
    assert.deepEqual([...new Set(agents)], ['external-issuer']);
  });
});
