import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, ok } from '../../../../src/lib/result.ts';
import type { OpenVault, VaultSettings } from '../../../../src/signers/key-vault/contract.ts';
import { openKeyVault } from '../../../../src/signers/key-vault/open.ts';
import type { SignRequest } from '../../../../src/signers/signer.ts';
import { testSignersDeps } from '../../support/signers.ts';
import { subCA, testCA } from '../../x509/ca-tools.ts';
import { goodCsr, openssl, opensslCsr } from '../../x509/tools.ts';
import { input, namespaced, secret } from './support/input.ts';
import { type FakeVault, fakeVault } from './support/fake-vault.ts';

const { signal } = new AbortController();
const deps = testSignersDeps();
const root = await testCA({ commonName: 'Root' });
const issuing = await subCA(root, 'Issuing');
const chain = issuing.certificatePem + root.certificatePem;

const request: SignRequest = {
  csr: goodCsr(opensslCsr({ extensions: 'subjectAltName = DNS:a.example.com' })),
  durationSeconds: 3600,
  usages: ['server auth'],
  isCA: false,
  idempotencyKey: 'uid',
  firstTryAt: Date.now(),
  origin: { name: 'web', namespace: 'team-a', uid: 'uid', annotations: {}, labels: {} },
};

function vaultWithCa(): FakeVault {
  const fake = fakeVault();
  fake.addKey(issuing.exportKeyPem());
  fake.setSecret(chain);
  return fake;
}

/** Opens that vault, whatever is asked for, and notes what is. */
function opener(fake: FakeVault, opened: VaultSettings[] = []): OpenVault {
  return (settings) => {
    opened.push(settings);
    return Promise.resolve(ok(fake.vault));
  };
}

describe('an issuer with a key in Key Vault', () => {
  test('is opened without a call to the vault, checked, and signs with one', async () => {
    const fake = vaultWithCa();
    const opened: VaultSettings[] = [];
    const signer = await openKeyVault(
      input({ vaultUrl: 'https://Team.vault.azure.net/', cloud: 'china' }),
      deps,
      opener(fake, opened),
    );
    assert.ok(signer.ok);
    assert.deepEqual(opened, [{ vaultUrl: 'https://team.vault.azure.net', identity: { type: 'environment' }, cloud: 'china' }]);
    assert.deepEqual(fake.calls, []);
    assert.equal(signer.value.caveats, undefined);
    const check = await signer.value.check({ signal });
    assert.equal(check.outcome, 'healthy', check.message);
    fake.calls.length = 0;
    const outcome = await signer.value.sign(request, { signal });
    assert.ok(outcome.outcome === 'issued', JSON.stringify(outcome));
    assert.deepEqual(fake.calls, [`keys/sign ${'1'.padStart(32, '0')}`]);
    const files = { leaf: outcome.chainPem, root: root.certificatePem, chain: outcome.chainPem };
    const verified = openssl(['verify', '-x509_strict', '-CAfile', 'root', '-untrusted', 'chain', 'leaf'], files);
    assert.equal(verified.trim(), 'leaf: OK');
    await signer.value.close();
    assert.equal(fake.closed(), 1);
  });

  test('takes the CA certificate from a ConfigMap, and the bundle beside it', async () => {
    const fake = vaultWithCa();
    const references = new Map([
      ['caCertificate', secret({ 'ca.crt': issuing.certificatePem })],
      ['ca', secret({ 'ca.crt': root.certificatePem })],
    ]);
    const configMapRef = { name: 'ca' };
    const given = input({ caCertificate: { configMapRef }, ca: { configMapRef } }, { references });
    const signer = await openKeyVault(given, deps, opener(fake));
    assert.ok(signer.ok);
    const outcome = await signer.value.sign(request, { signal });
    assert.ok(outcome.outcome === 'issued', JSON.stringify(outcome));
    assert.equal(outcome.caBundlePem, root.certificatePem);
    assert.ok(!fake.calls.includes('secrets/get'));
  });

  test('says as long as it is so that any server may get its tokens', async () => {
    const azure = { ...deps.azure, disableChallengeVerification: true };
    const signer = await openKeyVault(input(), { ...deps, azure }, opener(vaultWithCa()));
    assert.ok(signer.ok);
    assert.deepEqual(
      signer.value.caveats?.map(({ code }) => code),
      ['ChallengeUnverified'],
    );
    assert.match(signer.value.caveats?.[0]?.message ?? '', /--azure-disable-challenge-verification.*remove the flag/);
  });

  const inline = { inline: 'x' };
  const privateKey = '-----BEGIN PRIVATE KEY-----';
  const refused: readonly (readonly [string, Parameters<typeof input>, RegExp])[] = [
    ['a configuration that is wrong', [{ ca: {} }], /^keyVault\.ca: names no place/],
    ['an identity that is not its own', [{}, namespaced], /^keyVault\.auth\.type: /],
    ['a bundle that holds nothing', [{ ca: inline }], /^keyVault\.ca\.inline holds no certificate/],
    [
      'a ConfigMap that was not read',
      [{ caCertificate: { configMapRef: { name: 'ca' } } }],
      /^keyVault\.caCertificate\.configMapRef: /,
    ],
    [
      'a private key for a certificate',
      [{ caCertificate: { inline: privateKey } }],
      /^keyVault\.caCertificate\.inline holds a private/,
    ],
    [
      'a secret of a managed HSM',
      [{ vaultUrl: 'https://team.managedhsm.azure.net' }],
      /^keyVault\.caCertificate: a managed HSM holds keys alone.*configMapRef, secretRef or inline/,
    ],
  ];
  for (const [what, given, words] of refused) {
    test(`is not opened with ${what}`, async () => {
      const opened: VaultSettings[] = [];
      const signer = await openKeyVault(input(...given), deps, opener(vaultWithCa(), opened));
      assert.ok(!signer.ok);
      assert.match(signer.error.message, words);
      assert.deepEqual(opened, []);
    });
  }

  test('is opened with a managed HSM where the certificate is elsewhere', async () => {
    const given = input({ vaultUrl: 'https://team.managedhsm.azure.net', caCertificate: { inline: chain } });
    const signer = await openKeyVault(given, deps, opener(vaultWithCa()));
    assert.ok(signer.ok);
    assert.equal((await signer.value.check({ signal })).outcome, 'healthy');
  });

  test('is not opened where the vault is not', async () => {
    const problem = { code: 'AuthError', message: 'auth: no' } as const;
    const signer = await openKeyVault(input(), deps, () => Promise.resolve(err(problem)));
    assert.deepEqual(signer, err(problem));
  });
});
