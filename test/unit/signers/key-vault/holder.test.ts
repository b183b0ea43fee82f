import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { encodePem } from '../../../../src/x509/pem.ts';
import type { CertificateSource } from '../../../../src/signers/key-vault/certificate-source.ts';
import { createKeyVaultHolder } from '../../../../src/signers/key-vault/holder.ts';
import type { VaultOperation, VaultProblem } from '../../../../src/signers/key-vault/vault.ts';
import { read, subCA, testCA } from '../../x509/ca-tools.ts';
import { type Attributes, type FakeVault, fakeVault, vaultUrl } from './support/fake-vault.ts';

const context = { signal: new AbortController().signal };
const now = Date.UTC(2030, 0, 1);
const day = 86_400_000;
const ca = await testCA({ commonName: 'Vault root' });
const fromSecret: CertificateSource = { in: 'secret', name: 'ca' };

function holderOf(fake: FakeVault, certificate: CertificateSource = fromSecret) {
  return createKeyVaultHolder(fake.vault, { key: { name: 'ca' }, certificate }, { clock: { now: () => now } });
}

/** A vault with the key of the CA and its certificate. */
function vaultWithCa(attributes: Attributes = {}): FakeVault {
  const fake = fakeVault();
  fake.addKey(ca.exportKeyPem(), attributes);
  fake.setSecret(ca.certificatePem);
  return fake;
}

describe('the CA certificate of a vault', () => {
  test('is read from a secret, and the key beside it, with one call each', async () => {
    const fake = vaultWithCa();
    const held = await holderOf(fake).load(context);
    assert.ok(held.ok, JSON.stringify(held));
    assert.equal(held.value.certificatePem, ca.certificatePem);
    assert.equal(held.value.where, `the secret "ca" of ${vaultUrl}`);
    assert.equal(held.value.key.id, `${vaultUrl}/keys/ca/${'1'.padStart(32, '0')}`);
    assert.deepEqual(held.value.key.algorithms, ['ES256']);
    assert.deepEqual(held.value.warnings, []);
    assert.deepEqual(fake.calls, ['secrets/get', 'keys/get']);
  });

  test('is read from a secret that says it is PEM, with its chain', async () => {
    const sub = await subCA(ca, 'Issuing');
    const fake = fakeVault();
    fake.addKey(sub.exportKeyPem());
    fake.setSecret(sub.certificatePem + ca.certificatePem, 'application/x-pem-file');
    const held = await holderOf(fake).load(context);
    assert.ok(held.ok);
    assert.equal(held.value.certificatePem, sub.certificatePem + ca.certificatePem);
  });

  test('is read from a certificate of the vault, of the version that is wanted', async () => {
    const fake = vaultWithCa();
    fake.setCertificate(read(ca.certificatePem).der);
    const version = 'f'.repeat(32);
    const held = await holderOf(fake, { in: 'certificate', name: 'ca', version }).load(context);
    assert.ok(held.ok);
    assert.equal(held.value.certificatePem, ca.certificatePem);
    assert.equal(held.value.where, `the certificate "ca" of ${vaultUrl}`);
    assert.deepEqual(fake.calls, [`certificates/get ${version}`, 'keys/get']);
  });

  test('is the one that was found in the cluster: then the vault is asked for the key alone', async () => {
    const fake = vaultWithCa();
    const where = 'key ca.crt of ConfigMap "ca" in namespace "pki"';
    const held = await holderOf(fake, { in: 'text', pem: ca.certificatePem, where }).load(context);
    assert.ok(held.ok);
    assert.equal(held.value.where, where);
    assert.deepEqual(fake.calls, ['keys/get']);
  });

  const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const refused: readonly (readonly [string, string, string | undefined, RegExp])[] = [
    ['PKCS #12', 'MIIB', 'application/x-pkcs12', /holds a private key.*vaultCertificate \(name: ca\)/],
    [
      'PEM with a private key',
      ca.certificatePem + privateKey.export({ format: 'pem', type: 'sec1' }).toString(),
      'application/x-pem-file',
      /holds a private key.*take the right/,
    ],
    ['no PEM', 'hello', undefined, /holds no certificate\. Store it there as PEM/],
    ['only other blocks', encodePem('CERTIFICATE REQUEST', Buffer.from('x')), undefined, /holds no certificate/],
    ['broken PEM', '-----BEGIN CERTIFICATE-----\nx', undefined, /cannot be read: /],
    ['a block that is no certificate', encodePem('CERTIFICATE', Buffer.from('x')), undefined, /no X\.509 certificate/],
    ['too many certificates', ca.certificatePem.repeat(21), undefined, /more than 20 certificates/],
  ];
  for (const [what, value, contentType, words] of refused) {
    test(`is refused where the secret holds ${what}, before the key is looked at`, async () => {
      const fake = vaultWithCa();
      fake.setSecret(value, contentType);
      const held = await holderOf(fake).load(context);
      assert.ok(!held.ok);
      assert.deepEqual([held.error.outcome, held.error.code], ['issuer-broken', 'ConfigError']);
      assert.match(held.error.message, words);
      assert.deepEqual(fake.calls, ['secrets/get']);
    });
  }
});

describe('a key of a vault', () => {
  test('signs with one call', async () => {
    const fake = vaultWithCa();
    const held = await holderOf(fake).load(context);
    assert.ok(held.ok);
    fake.calls.length = 0;
    const signed = await held.value.key.sign('ES256', Buffer.from('tbs'), context);
    assert.ok(signed.ok);
    assert.deepEqual(fake.calls, [`keys/sign ${'1'.padStart(32, '0')}`]);
  });

  test('of RSA signs with each algorithm that Key Vault has for it, PKCS #1 with SHA-256 first', async () => {
    const rsa = await testCA({ key: { algorithm: 'RSA', size: 2048 } });
    const fake = fakeVault();
    fake.addKey(rsa.exportKeyPem(), { type: 'RSA-HSM' });
    fake.setSecret(rsa.certificatePem);
    const held = await holderOf(fake).load(context);
    assert.ok(held.ok);
    assert.deepEqual(held.value.key.algorithms, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']);
  });

  test('that refuses to sign is a problem of the issuer, and fails no request', async () => {
    const fake = vaultWithCa();
    const held = await holderOf(fake).load(context);
    assert.ok(held.ok);
    fake.fail('keys/sign', { code: 'Forbidden' });
    const signed = await held.value.key.sign('ES256', Buffer.from('tbs'), context);
    assert.ok(!signed.ok);
    assert.deepEqual(signed.error, {
      outcome: 'issuer-broken',
      code: 'CAAuthRefused',
      message: 'The vault said Forbidden to keys/sign.',
    });
  });

  const unusable: readonly (readonly [string, Attributes, RegExp])[] = [
    ['is disabled', { enabled: false }, /is disabled.*--enabled true/],
    ['has expired', { expiresOn: now }, /expired at 2030-01-01T00:00:00Z.*--expires/],
    ['is not valid yet', { notBefore: now + 1 }, /is not valid before 2030-01-01T00:00:00Z.*--not-before/],
    ['may not sign', { maySign: false }, /do not allow sign.*--ops sign/],
  ];
  for (const [what, attributes, words] of unusable) {
    test(`that ${what} is not used, and the message says what to do`, async () => {
      const held = await holderOf(vaultWithCa(attributes)).load(context);
      assert.ok(!held.ok);
      assert.deepEqual([held.error.outcome, held.error.code], ['issuer-broken', 'KeyUnusable']);
      assert.match(held.error.message, words);
    });
  }

  test('that will expire is warned of thirty days before, not sooner', async () => {
    for (const [expiresOn, codes] of [
      [now + 30 * day - 1, ['KeyExpiresSoon']],
      [now + 30 * day, []],
    ] as const) {
      const held = await holderOf(vaultWithCa({ expiresOn })).load(context);
      assert.ok(held.ok);
      assert.deepEqual(
        held.value.warnings.map(({ code }) => code),
        codes,
      );
    }
  });
});

describe('a vault', () => {
  const problems: readonly (readonly [VaultOperation, VaultProblem['code'], string])[] = [
    ['secrets/get', 'NotFound', 'ConfigError'],
    ['secrets/get', 'Forbidden', 'CAAuthRefused'],
    ['secrets/get', 'Throttled', 'CAThrottled'],
    ['keys/get', 'NotFound', 'ConfigError'],
    ['keys/get', 'Forbidden', 'CAAuthRefused'],
    ['keys/get', 'CATimeout', 'CATimeout'],
  ];
  for (const [operation, code, counted] of problems) {
    test(`that says ${code} to ${operation} is ${counted}, and is asked no further`, async () => {
      const fake = vaultWithCa();
      fake.fail(operation, { code });
      const held = await holderOf(fake).load(context);
      assert.ok(!held.ok);
      assert.equal(held.error.code, counted);
      assert.equal(held.error.message, `The vault said ${code} to ${operation}.`);
      assert.equal(fake.calls.at(-1), operation);
    });
  }

  test('that refused a token once is asked again, and nobody sees it', async () => {
    const fake = vaultWithCa();
    for (const operation of ['secrets/get', 'keys/get', 'keys/sign'] as const) fake.fail(operation, { code: 'Unauthorized' });
    const held = await holderOf(fake).load(context);
    assert.ok(held.ok);
    assert.ok((await held.value.key.sign('ES256', Buffer.from('tbs'), context)).ok);
    assert.equal(fake.forgotten(), 3);
  });

  test('is closed with its holder', async () => {
    const fake = vaultWithCa();
    await holderOf(fake).close();
    assert.equal(fake.closed(), 1);
  });
});
