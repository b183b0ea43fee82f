import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { VaultKeyParameters } from '../../src/signers/key-vault/vault.ts';
import { decodePem } from '../../src/x509/pem.ts';
import type { SignatureAlgorithm } from '../../src/x509/signature-algorithm.ts';
import { openssl } from '../unit/x509/tools.ts';
import { type MadeCa, startVaultOfCas } from './key-vault-ca.ts';
import { FreshCa, p256 } from './key-vault-fresh-ca.ts';
import { describeSigner } from './signer-conformance.ts';

const cas = await startVaultOfCas();
const { double } = cas;
after(async () => await cas.close());

const kinds: readonly {
  readonly name: string;
  readonly parameters: VaultKeyParameters;
  readonly algorithm?: SignatureAlgorithm;
  readonly keys: readonly string[] | undefined;
}[] = [
  { name: 'RSA', parameters: { type: 'RSA', bits: 2048 }, keys: ['RSA 2048', 'Ed25519'] },
  { name: 'RSA-and-PS384', parameters: { type: 'RSA', bits: 3072 }, algorithm: 'PS384', keys: ['ECDSA P-256'] },
  { name: 'RSA-HSM', parameters: { type: 'RSA-HSM', bits: 2048 }, keys: ['ECDSA P-256'] },
  { name: 'P-256', parameters: p256, keys: undefined },
  { name: 'P-384', parameters: { type: 'EC', curve: 'P-384' }, keys: ['RSA 2048'] },
  { name: 'P-521', parameters: { type: 'EC', curve: 'P-521' }, keys: ['Ed25519'] },
  { name: 'EC-HSM', parameters: { type: 'EC-HSM', curve: 'P-256' }, keys: ['ECDSA P-384'] },
];
for (const { name, parameters, algorithm, keys } of kinds) {
  let made: MadeCa | undefined;
  describeSigner({
    name: `keyvault with ${name}`,
    async open() {
      made ??= await cas.makeRoot(name, parameters, algorithm);
      await cas.store(name, made.pem);
      return await cas.open({ keyName: name, ...(algorithm === undefined ? {} : { signatureAlgorithm: algorithm }) });
    },
    signs: keys === undefined ? {} : { keys },
  });
}

/** Whether the CA signed a leaf. */
function isBy(pem: string, chainPem: string): boolean {
  return new X509Certificate(chainPem).verify(new X509Certificate(pem).publicKey);
}

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
});

describe('a rotation of the key of a CA in Key Vault', () => {
  const fresh = new FreshCa(cas, 'rotation');

  test('gives a warning and changes nothing, until the certificate is there', async () => {
    await fresh.healthy();
    const next = await cas.makeRoot(fresh.name, p256);
    const check = await fresh.healthy();
    assert.deepEqual(
      check.warnings?.map(({ code }) => code),
      ['NewKeyVersion'],
    );
    assert.equal(check.ca?.keyId, fresh.ca.key.id);
    assert.ok(isBy(fresh.ca.pem, (await fresh.signed()).chainPem));
    await double.clearJournal();
    await fresh.healthy();
    assert.deepEqual(await double.counts(), { 'secrets/get 200': 1, 'keys/get 200': 2 });
    await cas.store(fresh.name, next.pem);
    const switched = await fresh.healthy();
    assert.deepEqual([switched.ca?.keyId, switched.warnings], [next.key.id, []]);
    assert.ok(isBy(next.pem, (await fresh.signed()).chainPem));
  });

  test('is seen through by an issuer that starts after it, over more than one page of versions', async () => {
    for (let made = 0; made < 4; made += 1) await cas.makeRoot(fresh.name, p256);
    await fresh.open();
    assert.equal((await fresh.healthy()).ca?.keyId, fresh.ca.key.id);
    assert.ok(isBy(fresh.ca.pem, (await fresh.signed()).chainPem));
  });

  test('is not followed where keyVersion names another', async () => {
    const next = await cas.makeRoot(fresh.name, p256);
    await fresh.open({ keyVersion: fresh.ca.key.version });
    assert.deepEqual((await fresh.healthy()).warnings, []);
    await fresh.open({ keyVersion: next.key.version });
    const check = await fresh.broken();
    assert.equal(check.code, 'CAMismatch', check.message);
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

describe('an intermediate CA in Key Vault', () => {
  const fresh = new FreshCa(cas, 'intermediate');

  test('gives the chain that is beside it in the secret', async () => {
    const sub = await cas.makeIntermediate(fresh.name, p256);
    await cas.store(fresh.name, sub.pem + sub.rootPem);
    const { chainPem, caPem = '' } = await fresh.signed();
    const blocks = decodePem(chainPem);
    assert.equal(blocks.ok && blocks.value.length, 2);
    const files = { leaf: chainPem, root: caPem, chain: chainPem };
    const verified = openssl(['verify', '-x509_strict', '-CAfile', 'root', '-untrusted', 'chain', 'leaf'], files);
    assert.equal(verified.trim(), 'leaf: OK');
    assert.equal(caPem, sub.rootPem);
  });

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
