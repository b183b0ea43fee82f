import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { VaultKeyParameters } from '../../src/signers/key-vault/vault.ts';
import { decodePem } from '../../src/x509/pem.ts';
import type { SignatureAlgorithm } from '../../src/x509/signature-algorithm.ts';
import { openssl } from '../unit/x509/tools.ts';
import type { MadeCa } from './key-vault-ca.ts';
import { FreshCa, p256 } from './key-vault-fresh-ca.ts';
import { startTestVault } from './real-vault.ts';
import { describeSigner } from './signer-conformance.ts';

// What is here holds for a real vault too: `make test-key-vault`.
const cas = await startTestVault();
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
// Keys in an HSM need a premium vault, and are charged by the month.
const isOffered = ({ parameters }: (typeof kinds)[number]): boolean =>
  cas.double !== undefined || !parameters.type.endsWith('-HSM');
for (const { name, parameters, algorithm, keys } of kinds.filter(isOffered)) {
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
});
