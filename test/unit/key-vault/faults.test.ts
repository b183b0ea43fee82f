import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../key-vault/administration.ts';
import { type KeyVaultDouble, startKeyVault } from '../../key-vault/key-vault.ts';
import { type Proxy, startToxiproxy, type Toxiproxy } from '../../key-vault/toxiproxy.ts';
import { type Clients, clients, failure, harness, refusal, secretCredential } from './clients.ts';

const digest = createHash('sha256').update('to be signed').digest();

describe('what goes wrong in the Key Vault double', () => {
  let vault: KeyVaultDouble;
  let toxiproxy: Toxiproxy;
  let azure: Clients;
  let kid: string;
  before(async () => {
    [vault, toxiproxy] = await Promise.all([startKeyVault(harness), startToxiproxy(harness)]);
    azure = clients(vault);
    kid = (await vault.createKey('key', { kty: 'EC', curve: 'P-256' })).kid;
    await vault.setSecret('secret', 'value');
  });
  after(async () => await Promise.all([vault.close(), toxiproxy.close()]));
  afterEach(async () => {
    await vault.clearFaults();
    await vault.permit(vault.identities.clientSecret.clientId, ['*']);
    await vault.clearJournal();
  });

  const sign = async (options: { abortSignal?: AbortSignal } = {}): Promise<Uint8Array> =>
    (await azure.cryptography(kid).sign('ES256', digest, options)).result;

  test('the journal has each call: one sign asks the vault once, and reads no key', async () => {
    const client = azure.cryptography(kid);
    await client.sign('ES256', digest);
    await vault.clearJournal();
    await client.sign('ES256', digest);
    const { clientId } = vault.identities.clientSecret;
    const version = kid.split('/').at(-1);
    assert.deepEqual(await vault.journal(), [
      { operation: 'keys/sign', name: 'key', version, status: 200, principal: clientId, fault: '' },
    ]);
    assert.deepEqual(await vault.counts(), { 'keys/sign 200': 1 });
  });

  const models = [
    { mode: 'rbac', inner: 'ForbiddenByRbac', message: /Action: 'Microsoft.KeyVault\/vaults\/keys\/sign\/action'/ },
    { mode: 'policy', inner: 'ForbiddenByPolicy', message: /does not have keys sign permission on key vault/ },
  ] as const;
  for (const { mode, inner, message } of models) {
    test(`a permission that is missing answers 403 as ${mode} does, and the others are kept`, async () => {
      await vault.permit(vault.identities.clientSecret.clientId, ['keys/get'], mode);
      const refused = await refusal(sign());
      assert.deepEqual({ status: refused.status, inner: refused.inner }, { status: 403, inner });
      assert.match(refused.message, message);
      assert.equal((await azure.keys.getKey('key')).id, kid);
      assert.equal((await refusal(azure.secrets.getSecret('secret'))).inner, inner);
    });
  }

  const statuses: readonly { readonly fault: Fault; readonly code: string; readonly message: RegExp }[] = [
    { fault: { status: 401 }, code: 'Unauthorized', message: /AKV10046/ },
    { fault: { status: 403, inner: 'ForbiddenByFirewall' }, code: 'Forbidden', message: /Client address is not authorized/ },
    { fault: { status: 403, inner: 'ForbiddenByConnection' }, code: 'Forbidden', message: /private link/ },
    { fault: { status: 429, retryAfter: 7 }, code: 'Throttled', message: /too many requests/ },
    { fault: { status: 500 }, code: 'InternalServerError', message: /unexpected/ },
    { fault: { status: 503 }, code: 'ServiceUnavailable', message: /unavailable/ },
    { fault: { status: 400, code: 'Own', message: 'own words' }, code: 'Own', message: /own words/ },
  ];
  for (const { fault, code, message } of statuses) {
    test(`a fault answers ${fault.status} ${fault.inner ?? code}`, async () => {
      await vault.fault('keys/sign', { kind: 'status', ...fault });
      const refused = await refusal(sign());
      assert.deepEqual(
        { status: refused.status, code: refused.code, inner: refused.inner, retryAfter: refused.header('retry-after') },
        { status: fault.status, code, inner: fault.inner, retryAfter: fault.retryAfter?.toString() },
      );
      assert.match(refused.message, message);
      assert.equal((await azure.keys.getKey('key')).id, kid, 'other operations have no fault');
    });
  }

  test('what is not there answers 404, with its own code for each kind', async () => {
    assert.equal((await refusal(azure.keys.getKey('none'))).code, 'KeyNotFound');
    assert.equal((await refusal(azure.secrets.getSecret('none'))).code, 'SecretNotFound');
    assert.equal((await refusal(azure.certificates.getCertificate('none'))).code, 'CertificateNotFound');
    assert.equal((await refusal(azure.keys.getKey('key', { version: 'none' }))).status, 404);
  });

  test('a fault that acts once is over with the retry of the SDK, which waits for what Retry-After says', async () => {
    await vault.fault('*', { kind: 'status', status: 429, retryAfter: 1, times: 1 });
    const began = performance.now();
    await clients(vault, { maxRetries: 1 }).keys.getKey('key');
    assert.ok(performance.now() - began >= 900);
    assert.deepEqual(await vault.counts(), { 'token 200': 1, 'keys/get 401': 1, 'keys/get 429': 1, 'keys/get 200': 1 });
  });

  test('answers are cut before they begin and amid, and the journal has what was done', async () => {
    for (const kind of ['cut', 'cutMiddle'] as const) {
      await vault.fault('keys/sign', { kind, times: 1 });
      assert.match((await failure(sign())).message, /socket hang up|aborted|terminated|Unexpected end/i);
    }
    const faulty = (await vault.journal()).filter(({ fault }) => fault !== '');
    assert.deepEqual(
      faulty.map(({ status, fault }) => ({ status, fault })),
      [
        { status: 200, fault: 'cut' },
        { status: 200, fault: 'cutMiddle' },
      ],
    );
  });

  test('an answer that never comes ends with the signal of the caller, or when the faults are cleared', async () => {
    await sign();
    await vault.fault('keys/sign', { kind: 'hang' });
    assert.equal((await failure(sign({ abortSignal: AbortSignal.timeout(100) }))).name, 'AbortError');
    const hanging = failure(sign());
    while (((await vault.counts())['keys/sign 200'] ?? 0) < 3) await delay(10);
    await vault.clearFaults();
    assert.match((await hanging).message, /socket hang up/);
  });

  test('answers can be late, no JSON, endless, or have a signature that does not verify', async () => {
    await vault.fault('keys/sign', { delayMs: 200, times: 1 });
    const began = performance.now();
    await sign();
    assert.ok(performance.now() - began >= 200);
    await vault.fault('keys/sign', { kind: 'garbage', times: 1 });
    assert.match((await failure(sign())).message, /JSON|Unexpected token/);
    await vault.fault('keys/get', { kind: 'huge', bytes: 3_000_000, times: 1 });
    let length = 0;
    await azure.keys
      .getKey('key', { onResponse: ({ bodyAsText }) => (length = bodyAsText?.length ?? 0) })
      .catch(() => undefined);
    assert.ok(length >= 3_000_000, `${length} bytes`);
    await vault.fault('keys/sign', { kind: 'wrongSignature', times: 1 });
    const { key } = await azure.keys.getKey('key');
    const [x, y] = [key?.x, key?.y].map((part) => Buffer.from(part ?? []).toString('base64url'));
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y } as Record<string, string>, format: 'jwk' });
    const verifies = (signature: Uint8Array): boolean =>
      verify('sha256', Buffer.from('to be signed'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
    assert.deepEqual([verifies(await sign()), verifies(await sign())], [false, true]);
  });

  describe('with Toxiproxy in between', () => {
    let proxy: Proxy;
    let through: Clients;
    let versioned: string;
    before(async () => {
      proxy = await toxiproxy.proxy('vault', vault.url.slice('https://'.length));
      const url = `https://${proxy.host}:${proxy.port}`;
      through = clients(vault, { url, credential: secretCredential(vault) });
      versioned = kid.replace(vault.url, url);
    });
    afterEach(async () => {
      await proxy.removeToxics();
      await proxy.enable();
    });
    const signThrough = async (): Promise<string | undefined> =>
      (await through.cryptography(versioned).sign('ES256', digest)).keyID;

    test('the vault answers as the host that it was called', async () => {
      assert.equal(await signThrough(), versioned);
    });

    const toxics = [
      {
        title: 'a connection that is reset',
        add: async () => await proxy.addToxic('reset_peer', { timeout: 0 }),
        error: /ECONNRESET/,
      },
      {
        title: 'a connection that says nothing and ends',
        add: async () => await proxy.addToxic('timeout', { timeout: 200 }),
        error: /./,
      },
      { title: 'a connection that is cut', add: async () => await proxy.addToxic('limit_data', { bytes: 100 }), error: /./ },
      { title: 'nobody who listens', add: async () => await proxy.disable(), error: /ECONNREFUSED|ECONNRESET|hang up/ },
    ];
    for (const { title, add, error } of toxics) {
      test(`${title} is an error, and it works again after`, async () => {
        await add();
        const { message, ...rest } = (await failure(signThrough())) as Error & { readonly code?: string };
        assert.match(`${message} ${rest.code ?? ''}`, error);
        await proxy.removeToxics();
        await proxy.enable();
        assert.equal(await signThrough(), versioned);
      });
    }
  });
});
