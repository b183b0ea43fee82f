import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openssl } from '../unit/x509/tools.ts';
import { startVaultOfCas } from './key-vault-ca.ts';
import { FreshCa, p256 } from './key-vault-fresh-ca.ts';

const cas = await startVaultOfCas();
const { double } = cas;
after(async () => await cas.close());

describe('a CA in Key Vault in steady state', () => {
  const fresh = new FreshCa(cas, 'steady');

  test('costs one sign for a certificate and nothing else, also many at once', async () => {
    await fresh.healthy();
    await double.clearJournal();
    await Promise.all(Array.from({ length: 8 }, () => fresh.signed()));
    assert.deepEqual(await double.counts(), { 'keys/sign 200': 8 });
  });

  test('costs a secret and a key for a check, whose facts are those of the CA', async () => {
    const first = await fresh.healthy();
    await double.clearJournal();
    assert.deepEqual(await fresh.healthy(), first);
    assert.deepEqual(await double.counts(), { 'secrets/get 200': 1, 'keys/get 200': 1 });
    assert.equal(first.ca?.keyId, fresh.ca.key.id);
    assert.equal(first.ca?.certificatePem, fresh.ca.pem);
    assert.deepEqual(first.warnings, []);
  });

  test('costs a key more for a check while the newest version of the key is another', async () => {
    await fresh.healthy();
    await cas.makeRoot(fresh.name, p256);
    await fresh.healthy();
    await double.clearJournal();
    await fresh.healthy();
    assert.deepEqual(await double.counts(), { 'secrets/get 200': 1, 'keys/get 200': 2 });
  });

  test('needs no right to list versions while the issuer runs, and keyVersion or that right after', async () => {
    await fresh.permit(['keys/get', 'keys/sign', 'secrets/get']);
    await fresh.healthy();
    await cas.makeRoot(fresh.name, p256);
    await fresh.healthy();
    await fresh.open();
    const check = await fresh.broken();
    assert.equal(check.code, 'CAMismatch', check.message);
    assert.match(check.message, /keyVault\.keyVersion.*Key\/List/);
  });
});

describe('a CA whose certificate is a certificate of Key Vault', () => {
  const fresh = new FreshCa(cas, 'certificate');

  test('is read from a certificate of the vault, with its root in ca; its secret is not touched', async () => {
    fresh.name = `certificate-${fresh.name}`;
    const sub = await cas.makeIntermediate(fresh.name, p256);
    await double.importCertificate(fresh.name, sub.pem);
    await fresh.permit(['keys/get', 'keys/sign', 'certificates/get']);
    await fresh.open({ caCertificate: { vaultCertificate: {} }, ca: { inline: sub.rootPem } });
    await fresh.healthy();
    assert.equal((await fresh.signed()).caBundlePem, sub.rootPem);
  });

  test('is not read from the secret of a certificate, which holds the private key', async () => {
    fresh.name = `exportable-${fresh.name}`;
    const key = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    const pem = openssl(['req', '-x509', '-key', 'key', '-subj', '/CN=exportable'], { key });
    await double.importCertificate(fresh.name, pem + key);
    await fresh.open();
    const check = await fresh.broken();
    assert.equal(check.code, 'ConfigError', check.message);
    assert.match(check.message, /holds a private key.*vaultCertificate/);
  });
});
