import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call } from '../../cas/https-client.ts';
import { startVault, type VaultStandIn } from '../../cas/stand-ins/vault.ts';
import { assertIsForCsr, csr, handClock, post } from './stand-in-calls.ts';

describe('the stand-in for Vault', () => {
  const clock = handClock();
  let vault: VaultStandIn;
  before(async () => {
    const verifyKubernetesToken = async (jwt: string, audience: string) => jwt === `token for ${audience}`;
    vault = await startVault({ clock, tokenSeconds: 60, maxTtlSeconds: 3600, verifyKubernetesToken });
  });
  after(async () => await vault.close());

  async function login(): Promise<Readonly<Record<string, string>>> {
    const { status, json } = await post(vault, '/v1/auth/approle/login', { role_id: vault.roleId, secret_id: vault.secretId });
    assert.equal(status, 200);
    const { client_token, lease_duration } = json['auth'] as { client_token: string; lease_duration: number };
    assert.equal(lease_duration, 60);
    return { 'x-vault-token': client_token };
  }

  async function sign(body: object, headers?: Readonly<Record<string, string>>): ReturnType<typeof post> {
    return await post(vault, '/v1/pki/sign/demo', body, headers ?? (await login()));
  }

  test('signs for a token from an AppRole login', async () => {
    const { status, json } = await sign({ csr: csr.pem, ttl: '30m', format: 'pem' });
    assert.equal(status, 200);
    const data = json['data'] as { certificate: string; issuing_ca: string; ca_chain: string[]; serial_number: string };
    const certificate = assertIsForCsr(data.certificate);
    assert.ok(certificate.validToDate.getTime() - clock.now() <= 1_800_000);
    assert.equal(data.ca_chain[0], data.issuing_ca);
    assert.equal(data.ca_chain[1]?.trim(), vault.rootPem.trim());
    assert.match(data.serial_number, /^[0-9a-f]{2}(:[0-9a-f]{2})+$/);
    assert.equal(json['warnings'], null);
  });

  test('cuts a lifetime that is too long, with a warning', async () => {
    const { status, json } = await sign({ csr: csr.pem, ttl: '72h' });
    assert.equal(status, 200);
    assert.match(String(json['warnings']), /longer than permitted maxTTL/);
    const certificate = assertIsForCsr((json['data'] as { certificate: string }).certificate);
    assert.ok(certificate.validToDate.getTime() - clock.now() <= 3_600_000);
  });

  test('logs in with a Kubernetes token for its audience alone', async () => {
    const kubernetes = async (jwt: string, role = 'demo') => await post(vault, '/v1/auth/kubernetes/login', { role, jwt });
    const { status, json } = await kubernetes('token for vault');
    assert.equal(status, 200);
    const { client_token } = json['auth'] as { client_token: string };
    assert.equal((await sign({ csr: csr.pem }, { authorization: `Bearer ${client_token}` })).status, 200);
    assert.equal((await kubernetes('token for another')).status, 403);
    assert.equal((await kubernetes('token for vault', 'other')).status, 400);
  });

  test('answers 403 to a token that is missing, wrong, revoked or over', async () => {
    const body = { csr: csr.pem };
    assert.equal((await sign(body, {})).status, 403);
    assert.equal((await sign(body, { 'x-vault-token': 'hvs.wrong' })).status, 403);
    const revoked = await login();
    vault.revokeTokens();
    assert.equal((await sign(body, revoked)).status, 403);
    const old = await login();
    clock.forward(61);
    assert.deepEqual((await sign(body, old)).json, { errors: ['permission denied'] });
  });

  const refused: readonly (readonly [what: string, body: object, reason: RegExp])[] = [
    ['a field Vault does not know', { csr: csr.pem, profile: 'x' }, /profile/],
    ['a CSR that is no PEM', { csr: csr.base64Der }, /no data/],
    ['a CSR that is broken', { csr: csr.pem.replace(/.{8}\n-----END/, '\n-----END') }, /could not be parsed/],
    ['no CSR', { ttl: '1h' }, /csr/],
    ['a lifetime that is none', { csr: csr.pem, ttl: 'P1D' }, /ttl/],
    ['names as a list', { csr: csr.pem, alt_names: ['a.example'] }, /alt_names/],
    ['a format it does not have', { csr: csr.pem, format: 'pkcs7' }, /format/],
  ];
  for (const [what, body, reason] of refused) {
    test(`refuses ${what} and records why`, async () => {
      const { status, json } = await sign(body);
      assert.equal(status, 400);
      assert.match(String(json['errors']), reason);
      assert.match(vault.refusals.at(-1) ?? '', reason);
    });
  }

  test('refuses another content type, path, role and method', async () => {
    const form = { ...(await login()), 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await sign({ csr: csr.pem }, form)).status, 400);
    assert.equal((await post(vault, '/v1/pki/sign/other', { csr: csr.pem }, await login())).status, 400);
    assert.equal((await post(vault, '/v1/ca/sign/demo', { csr: csr.pem }, await login())).status, 404);
    assert.equal((await call(`${vault.url}/v1/pki/sign/demo`, { ca: vault.tlsCaPem })).status, 405);
  });
});
