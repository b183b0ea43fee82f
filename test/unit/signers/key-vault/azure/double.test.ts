import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { openVault } from '../../../../../src/signers/key-vault/azure/open-vault.ts';
import type { VaultIdentity } from '../../../../../src/signers/key-vault/contract.ts';
import type { Vault } from '../../../../../src/signers/key-vault/vault.ts';
import { createNetwork } from '../../../../../src/signers/network/network.ts';
import { readEnvironment } from '../../../../controlplane/environment.ts';
import { type KeyVaultDouble, startKeyVault } from '../../../../key-vault/key-vault.ts';
import { policy } from '../../network/support/client.ts';
import { callContext } from './support/fake-azure.ts';
import { problem } from './support/problem.ts';

const tbs = Buffer.from('what is to be signed');
const opened: Vault[] = [];
let double: KeyVaultDouble;

before(async () => {
  double = await startKeyVault({ environment: readEnvironment(), stream: process.stderr });
  setDefaultCACertificates([...getCACertificates('default'), double.caPem]);
});
after(async () => {
  await Promise.all(opened.map(async (vault) => await vault.close()));
  await double.close();
});

async function open(identity: VaultIdentity, env: Readonly<Record<string, string>> = {}): Promise<Vault> {
  const network = createNetwork({ addresses: policy({ allow: ['127.0.0.0/8'] }), env: {} });
  const all = { AZURE_AUTHORITY_HOST: double.url, ...env };
  const azure = { env: all, allowAmbient: true, disableChallengeVerification: true, developerLogin: false };
  const vault = await openVault({ vaultUrl: `${double.url}/`, identity }, { azure, network });
  assert.ok(vault.ok);
  opened.push(vault.value);
  return vault.value;
}

function secretIdentity(): VaultIdentity {
  const { clientId, clientSecret } = double.identities.clientSecret;
  return { type: 'secret', tenantId: double.tenantId, clientId, secret: clientSecret };
}

describe("the double of Microsoft's specification", () => {
  test('lets each kind of identity sign', async () => {
    const { clientCertificate, managed } = double.identities;
    await double.createKey('signs', { kty: 'EC', curve: 'P-384' });
    const pem = `${clientCertificate.certificatePem}\n${clientCertificate.keyPem}`;
    Object.assign(process.env, double.managedIdentityEnvironments.imds);
    const vaults = [
      await open(secretIdentity()),
      await open({ type: 'certificate', tenantId: double.tenantId, clientId: clientCertificate.clientId, pem }),
      await open({ type: 'environment' }, await double.workloadEnvironment()),
      await open({ type: 'managed', clientId: managed.clientId }),
    ];
    for (const vault of vaults) {
      const key = await vault.getKey('signs', undefined, callContext());
      assert.ok(key.ok, key.ok ? '' : key.error.message);
      const signature = await vault.sign(key.value, 'ES384', tbs, callContext());
      assert.ok(signature.ok, signature.ok ? '' : signature.error.message);
      assert.ok(verify('sha384', tbs, key.value.publicKey.publicKey, signature.value));
    }
  });

  test('is asked to sign once for each signature, and for nothing else', async () => {
    const vault = await open(secretIdentity());
    const made = await vault.createKey('steady', { type: 'RSA-HSM', bits: 2048 }, callContext());
    assert.ok(made.ok, made.ok ? '' : made.error.message);
    assert.ok(made.value.maySign && made.value.enabled && made.value.type === 'RSA-HSM');
    assert.ok((await vault.sign(made.value, 'PS256', tbs, callContext())).ok);
    await double.clearJournal();
    const signatures = await Promise.all(
      ['PS256', 'RS512', 'PS384'].map(async (algorithm) => {
        return await vault.sign(made.value, algorithm as 'PS256', tbs, callContext());
      }),
    );
    assert.ok(signatures.every(({ ok }) => ok));
    assert.deepEqual(await double.counts(), { 'keys/sign 200': 3 });
  });

  test('says why it refuses', async () => {
    const vault = await open(secretIdentity());
    const { clientId } = double.identities.clientSecret;
    await double.createKey('refuses', { kty: 'RSA', size: 2048 });
    const key = await vault.getKey('refuses', undefined, callContext());
    assert.ok(key.ok);
    const sign = async () => await vault.sign(key.value, 'RS256', tbs, callContext());
    problem(
      await vault.sign(key.value, 'ES256', tbs, callContext()),
      'Refused',
      /see whether keyVault\.signatureAlgorithm fits the key/,
    );
    for (const mode of ['rbac', 'policy'] as const) {
      await double.permit(clientId, ['keys/get'], mode);
      problem(await sign(), 'Forbidden', /"Key Vault Crypto User" \(RBAC\), or the permission Key\/Sign/);
    }
    await double.permit(clientId, ['*']);
    await double.setKeyAttributes('refuses', { keyOps: ['verify'] });
    problem(await sign(), 'Unusable', /permitted operations do not hold this one/);
    await double.setKeyAttributes('refuses', { keyOps: ['sign'], exp: 1 });
    problem(await sign(), 'Unusable', /the key has expired/);
    await double.setKeyAttributes('refuses', { enabled: false });
    problem(await sign(), 'Unusable', /the key is disabled/);
    // Not the newest version, which is what az takes where it is told none.
    await double.createKey('refuses', { kty: 'RSA', size: 2048 });
    const command = `az keyvault key set-attributes --id ${key.value.id} --enabled`;
    problem(await sign(), 'Unusable', new RegExp(command));
    await double.setSecret('off', 'PEM');
    await double.setSecretEnabled('off', false);
    problem(await vault.getSecret('off', undefined, callContext()), 'Unusable', /the secret is disabled/);
    await double.deleteKey('refuses');
    problem(await sign(), 'NotFound', /no such key, or no such version/);
    problem(
      await vault.createKey('refuses', { type: 'EC', curve: 'P-256' }, callContext()),
      'Conflict',
      /was deleted, and keeps its name/,
    );
    problem(await vault.getCertificate('none', undefined, callContext()), 'NotFound', /no such certificate/);
  });

  test('takes no token that was revoked, and takes a new one', async () => {
    const vault = await open(secretIdentity());
    assert.ok((await vault.setSecret('kept', 'PEM', callContext())).ok);
    await double.revokeTokens();
    problem(await vault.getSecret('kept', undefined, callContext()), 'Unauthorized', /the vault does not take the token/);
    vault.forget();
    const secret = await vault.getSecret('kept', undefined, callContext());
    assert.ok(secret.ok, secret.ok ? '' : secret.error.message);
    assert.equal(secret.value.value, 'PEM');
    assert.equal(secret.value.contentType, 'application/x-pem-file');
  });

  test('lists versions from several pages', async () => {
    const vault = await open(secretIdentity());
    for (let round = 0; round < 7; round += 1) await double.createKey('rotated', { kty: 'EC', curve: 'P-256' });
    const listed = await vault.listKeyVersions('rotated', callContext());
    assert.ok(listed.ok, listed.ok ? '' : listed.error.message);
    assert.equal(listed.value.length, 7);
  });

  test('fails in all ways that a network does', async (t) => {
    t.after(async () => await double.clearFaults());
    const vault = await open(secretIdentity());
    await double.createKey('shaky', { kty: 'EC', curve: 'P-256' });
    const key = await vault.getKey('shaky', undefined, callContext());
    assert.ok(key.ok);
    const sign = async () => await vault.sign(key.value, 'ES256', tbs, callContext());
    assert.ok((await sign()).ok);
    for (const [fault, code] of [
      [{ kind: 'cut' }, 'CAUnreachable'],
      [{ kind: 'cutMiddle' }, 'CAUnreachable'],
      [{ kind: 'garbage' }, 'Invalid'],
      [{ kind: 'huge', bytes: 3_000_000 }, 'CAAnswerTooLarge'],
      [{ kind: 'status', status: 503 }, 'Unavailable'],
      [{ kind: 'status', status: 429, retryAfter: 3 }, 'Throttled'],
    ] as const) {
      await double.clearJournal();
      await double.fault('keys/sign', { ...fault, times: 1 });
      const { afterMs } = problem(await sign(), code, /The key "shaky" of https:.* does not sign: /);
      assert.equal(afterMs, code === 'Throttled' ? 3000 : undefined);
      assert.equal((await double.journal()).length, 1, code);
    }
    await double.fault('keys/sign', { kind: 'hang', times: 1 });
    await assert.rejects(vault.sign(key.value, 'ES256', tbs, { signal: AbortSignal.timeout(200) }), /timeout/);
    assert.ok((await sign()).ok);
  });
});
