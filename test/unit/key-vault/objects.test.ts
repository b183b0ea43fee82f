import assert from 'node:assert/strict';
import { constants, createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JsonWebKey } from '@azure/keyvault-keys';
import { createTestCa } from '../../cas/test-ca.ts';
import type { KeyAttributes } from '../../key-vault/administration.ts';
import { type KeyVaultDouble, startKeyVault } from '../../key-vault/key-vault.ts';
import { type Clients, clients, harness, refusal } from './clients.ts';

/** The public key that the vault's JWK holds. */
function publicKeyOf(key: JsonWebKey | undefined): ReturnType<typeof createPublicKey> {
  const { kty = '', crv, n, e, x, y } = key ?? {};
  const encoded = (part: Uint8Array | undefined): string | undefined => part && Buffer.from(part).toString('base64url');
  const found = { kty: kty.replace('-HSM', ''), crv, n: encoded(n), e: encoded(e), x: encoded(x), y: encoded(y) };
  return createPublicKey({ key: JSON.parse(JSON.stringify(found)) as Record<string, string>, format: 'jwk' });
}

/** How node:crypto verifies what JOSE calls by this name. */
function schemeOf(algorithm: string): { hash: string; options: object } {
  const hash = `sha${algorithm.slice(2)}`;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const options = { RS: {}, PS: pss, ES: { dsaEncoding: 'ieee-p1363' } }[algorithm.slice(0, 2)];
  return { hash, options: options ?? {} };
}

async function listed<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of pages) found.push(item);
  return found;
}

const digest = (hash: string): Buffer => createHash(hash).update('to be signed').digest();

describe("the Key Vault double, asked by Azure's SDK", () => {
  let vault: KeyVaultDouble;
  let azure: Clients;
  before(async () => {
    vault = await startKeyVault(harness);
    azure = clients(vault);
  });
  after(async () => await vault.close());

  const rsa = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  const kinds = [
    { title: 'RSA 2048', kty: 'RSA', make: { keySize: 2048 }, algorithms: rsa },
    { title: 'RSA 3072 of an HSM', kty: 'RSA-HSM', make: { keySize: 3072, hsm: true }, algorithms: rsa },
    { title: 'RSA 4096', kty: 'RSA', make: { keySize: 4096 }, algorithms: ['RS256', 'PS512'] },
    { title: 'P-256', kty: 'EC', make: { curve: 'P-256' }, algorithms: ['ES256'] },
    { title: 'P-384 of an HSM', kty: 'EC-HSM', make: { curve: 'P-384', hsm: true }, algorithms: ['ES384'] },
    { title: 'P-521', kty: 'EC', make: { curve: 'P-521' }, algorithms: ['ES512'] },
  ] as const;
  for (const { title, kty, make, algorithms } of kinds) {
    test(`a key ${title} signs digests that verify: ${algorithms.join(', ')}`, async () => {
      const name = title.replaceAll(' ', '-');
      const made = 'curve' in make ? await azure.keys.createEcKey(name, make) : await azure.keys.createRsaKey(name, make);
      assert.equal(made.keyType, kty);
      const publicKey = publicKeyOf((await azure.keys.getKey(name)).key);
      for (const algorithm of algorithms) {
        const { hash, options } = schemeOf(algorithm);
        const { result, keyID } = await azure.cryptography(made.id ?? '').sign(algorithm, digest(hash));
        assert.equal(keyID, made.id);
        assert.ok(verify(hash, Buffer.from('to be signed'), { key: publicKey, ...options }, result), algorithm);
      }
    });
  }

  test('creating a key again makes a new version; old ones stay, and the list of them has pages', async () => {
    for (let made = 0; made < 7; made++) await azure.keys.createEcKey('versions', { curve: 'P-256' });
    const all = await listed(azure.keys.listPropertiesOfKeyVersions('versions'));
    assert.equal(new Set(all.map(({ version }) => version)).size, 7);
    const [first] = all;
    assert.equal((await azure.keys.getKey('versions', { version: first?.version ?? '' })).id, first?.id);
    const pages = await listed(azure.keys.listPropertiesOfKeyVersions('versions').byPage());
    assert.deepEqual(
      pages.map((page) => page.length),
      [3, 3, 1],
    );
  });

  const inAMinute = Math.floor(Date.now() / 1000) + 60;
  const attributes: readonly { readonly inner: string; readonly change: KeyAttributes }[] = [
    { inner: 'KeyDisabled', change: { enabled: false } },
    { inner: 'KeyExpired', change: { exp: inAMinute - 120 } },
    { inner: 'KeyNotYetValid', change: { nbf: inAMinute } },
    { inner: 'KeyOperationForbidden', change: { keyOps: ['verify'] } },
  ];
  for (const { inner, change } of attributes) {
    test(`a key that must not sign answers 403 ${inner}, and can still be read`, async () => {
      const { kid } = await vault.createKey(inner, { kty: 'EC', curve: 'P-256' });
      const { clientId } = vault.identities.clientSecret;
      await vault.permit(clientId, ['keys/sign']); // The SDK does not look at the attributes of a key that it may not read.
      const client = azure.cryptography(kid);
      await client.sign('ES256', digest('sha256'));
      await vault.setKeyAttributes(inner, change);
      const { status, code, inner: found } = await refusal(client.sign('ES256', digest('sha256')));
      assert.deepEqual({ status, code, found }, { status: 403, code: 'Forbidden', found: inner });
      await vault.permit(clientId, ['*']);
      assert.equal((await azure.keys.getKey(inner)).id, kid);
    });
  }

  test('attributes of a key are updated and read', async () => {
    const { properties } = await azure.keys.createEcKey('updated', { curve: 'P-256' });
    const expiresOn = new Date((inAMinute + 3600) * 1000);
    await azure.keys.updateKeyProperties('updated', properties.version ?? '', {
      enabled: false,
      expiresOn,
      keyOps: ['verify'],
    });
    const found = await azure.keys.getKey('updated');
    assert.deepEqual(
      { enabled: found.properties.enabled, expiresOn: found.properties.expiresOn, keyOps: found.keyOperations },
      { enabled: false, expiresOn, keyOps: ['verify'] },
    );
  });

  test('what does not fit the key is a bad parameter: the algorithm, the length of the digest, the size of a new key', async () => {
    const ec = await vault.createKey('ec', { kty: 'EC', curve: 'P-256' });
    const cases = [
      { answer: async () => await azure.cryptography(ec.kid).sign('ES384', digest('sha384')), message: /uses curve 'P-256'/ },
      { answer: async () => await azure.cryptography(ec.kid).sign('RS256', digest('sha256')), message: /incompatible/ },
      {
        answer: async () => await azure.cryptography(ec.kid).sign('ES256', randomBytes(20)),
        message: /Invalid length of 'value': 20 bytes/,
      },
      { answer: async () => await azure.keys.createRsaKey('small', { keySize: 1024 }), message: /Unsupported key size/ },
    ];
    for (const { answer, message } of cases) {
      const { status, code, message: found } = await refusal(answer());
      assert.deepEqual({ status, code }, { status: 400, code: 'BadParameter' });
      assert.match(found, message);
    }
  });

  test('a deleted key is not found, and its name is taken until it is purged', async () => {
    await azure.keys.createEcKey('gone', { curve: 'P-256' });
    const poller = await azure.keys.beginDeleteKey('gone', { intervalInMs: 10 });
    await poller.pollUntilDone();
    const missing = await refusal(azure.keys.getKey('gone'));
    assert.deepEqual({ status: missing.status, code: missing.code }, { status: 404, code: 'KeyNotFound' });
    const taken = await refusal(azure.keys.createEcKey('gone', { curve: 'P-256' }));
    assert.deepEqual({ status: taken.status, inner: taken.inner }, { status: 409, inner: 'ObjectIsDeletedButRecoverable' });
    await azure.keys.purgeDeletedKey('gone');
    await azure.keys.createEcKey('gone', { curve: 'P-256' });
  });

  test('secrets have versions, can be disabled and deleted', async () => {
    const first = await azure.secrets.setSecret('secret', 'one');
    const second = await azure.secrets.setSecret('secret', 'two', { contentType: 'text/plain' });
    assert.equal((await azure.secrets.getSecret('secret')).value, 'two');
    assert.equal((await azure.secrets.getSecret('secret', { version: first.properties.version ?? '' })).value, 'one');
    assert.equal((await listed(azure.secrets.listPropertiesOfSecretVersions('secret'))).length, 2);
    await azure.secrets.updateSecretProperties('secret', second.properties.version ?? '', { enabled: false });
    const { status, inner } = await refusal(azure.secrets.getSecret('secret'));
    assert.deepEqual({ status, inner }, { status: 403, inner: 'SecretDisabled' });
    await (await azure.secrets.beginDeleteSecret('secret', { intervalInMs: 10 })).pollUntilDone();
    assert.equal((await refusal(azure.secrets.getSecret('secret'))).code, 'SecretNotFound');
  });

  test('a certificate object has its key and its PEM beside it, imported with the key or for one in the vault', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'external-issuer-certificate-'));
    const { certificatePem, keyPem } = await createTestCa(folder, 'vault CA');
    await rm(folder, { recursive: true });
    const pem = Buffer.from(certificatePem + keyPem);
    const { version } = (
      await azure.certificates.importCertificate('ca', pem, { policy: { contentType: 'application/x-pem-file' } })
    ).properties;
    const found = await azure.certificates.getCertificate('ca');
    assert.deepEqual(Buffer.from(found.cer ?? []), new X509Certificate(certificatePem).raw);
    assert.equal(found.keyId, `${vault.url}/keys/ca/${version}`);
    assert.equal((await azure.certificates.getCertificateVersion('ca', version ?? '')).secretId, found.secretId);
    assert.equal((await azure.secrets.getSecret('ca')).value, pem.toString());
    const { result } = await azure.cryptography(found.keyId ?? '').sign('ES256', digest('sha256'));
    const key = { key: new X509Certificate(certificatePem).publicKey, dsaEncoding: 'ieee-p1363' } as const;
    assert.ok(verify('sha256', Buffer.from('to be signed'), key, result));

    const again = await vault.importCertificate('ca', certificatePem);
    assert.notEqual(again.version, version);
    assert.equal(again.kid, found.keyId);
    await assert.rejects(vault.importCertificate('another', certificatePem), /there is no key another/);
  });
});
