import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { ok } from '../../src/lib/result.ts';
import { startEjbca } from '../cas/stand-ins/ejbca.ts';
import { startVault, type VaultOptions } from '../cas/stand-ins/vault.ts';
import { startVenafi, type VenafiOptions } from '../cas/stand-ins/venafi.ts';
import * as changes from './support/preset-cas.ts';
import { passes, tryPreset, verifiedOf, wordsOf } from './support/preset-trial.ts';

const closing = new AsyncDisposableStack();
after(async () => await closing.disposeAsync());

function closed<T extends { close(): Promise<void> }>(server: T): T {
  closing.defer(server.close);
  return server;
}

/** The first check is sent once more without the credential, to see whether it can see that. */
const vaultLook = 'GET /v1/auth/token/lookup-self: 403 permission denied';
const venafiLook = 'GET /vedauth/authorize/verify: 401 no access token that is good';

describe('Vault', () => {
  const vault = async (options: Partial<VaultOptions> = {}) => closed(await startVault({ clock, ...options }));

  test('signs after one login by AppRole, and logs in again once where the token was revoked', async () => {
    const ca = await vault();
    await using issuer = await tryPreset('vault-approle.yaml', changes.vaultApproleChanges(ca));
    await passes(issuer, ca.rootPem, ['POST /v1/pki/sign/demo']);
    assert.deepEqual([ca.logins(), ca.refusals], [1, [vaultLook]]);
    ca.revokeTokens();
    const again = await issuer.sign();
    verifiedOf(again);
    assert.deepEqual(again.sent, ['POST /v1/pki/sign/demo', 'POST /v1/auth/approle/login', 'POST /v1/pki/sign/demo']);
    assert.deepEqual([ca.logins(), ca.refusals], [2, [vaultLook, 'POST /v1/pki/sign/demo: 403 permission denied']]);
  });

  test('signs after a login by the token of a ServiceAccount', async () => {
    const asked: unknown[] = [];
    const ca = await vault({ verifyKubernetesToken: async (jwt) => jwt === 'a.b.c' });
    const requestToken = async (wish: object) => {
      asked.push(wish);
      return ok({ token: 'a.b.c', expiresAt: Date.now() + 600_000 });
    };
    await using issuer = await tryPreset('vault-kubernetes.yaml', changes.vaultKubernetesChanges(ca), requestToken);
    await passes(issuer, ca.rootPem, ['POST /v1/pki/sign/demo']);
    assert.deepEqual(asked, [{ serviceAccount: 'vault-issuer', audience: 'vault://vault' }]);
    assert.deepEqual(ca.refusals, [vaultLook]);
  });

  test('says that the secret_id is wrong, before anything is asked to be signed', async () => {
    const ca = await vault();
    await using issuer = await tryPreset('vault-approle.yaml', changes.vaultApproleChanges({ ...ca, secretId: 'wrong' }));
    const words =
      /^issuer-broken CAAuthRefused The login \(pki\.auth\.login\) at 127\.0\.0\.1:\d+ answered 400: invalid role or secret ID\. Correct the credential/;
    assert.match(wordsOf(await issuer.check()), words);
    const { outcome, sent } = await issuer.sign();
    assert.match(wordsOf(outcome), words);
    assert.deepEqual(sent, ['POST /v1/auth/approle/login']);
  });

  test('says that there is no such role', async () => {
    const ca = await vault();
    await using issuer = await tryPreset('vault-approle.yaml', changes.vaultApproleChanges({ ...ca, role: 'other' }));
    assert.equal(
      wordsOf((await issuer.sign()).outcome),
      'failed CARejected The CA answered 400 Bad Request to POST /v1/pki/sign/other; it says: "unknown role: other".',
    );
  });
});

describe('EJBCA', () => {
  test('enrolls for a client certificate', async () => {
    const ca = closed(await startEjbca({ clock }));
    await using issuer = await tryPreset('ejbca.yaml', changes.ejbcaChanges(ca));
    await passes(issuer, ca.rootPem, ['POST /ejbca/ejbca-rest-api/v1/certificate/pkcs10enroll']);
    assert.deepEqual(ca.refusals, []);
  });

  test('says that there is no such profile', async () => {
    const ca = closed(await startEjbca({ clock }));
    await using issuer = await tryPreset('ejbca.yaml', changes.ejbcaChanges({ ...ca, certificateProfileName: 'OTHER' }));
    assert.equal(
      wordsOf((await issuer.sign()).outcome),
      'failed CARejected The CA answered 400 Bad Request to POST /ejbca/ejbca-rest-api/v1/certificate/pkcs10enroll; it says: "Certificate profile does not exist, or no authorization for it." (code 400).',
    );
  });
});

describe('Venafi TPP', () => {
  const venafi = async (options: Partial<VenafiOptions> = {}) => closed(await startVenafi({ clock, ...options }));
  const requests = ['POST /vedsdk/certificates/request', 'POST /vedsdk/certificates/retrieve'];

  test('submits and retrieves with a token', async () => {
    const ca = await venafi();
    await using issuer = await tryPreset('venafi-tpp.yaml', changes.venafiChanges(ca));
    await passes(issuer, ca.rootPem, requests);
    assert.deepEqual(ca.refusals, [venafiLook]);
  });

  test('retrieves later what is not there yet, and submits nothing twice', async () => {
    const ca = await venafi({ pendingPolls: 2 });
    await using issuer = await tryPreset('venafi-tpp.yaml', changes.venafiChanges(ca));
    const submitted = await issuer.sign();
    assert.ok(submitted.outcome.outcome === 'pending', wordsOf(submitted.outcome));
    assert.match(submitted.outcome.id, /^\\VED\\Policy\\Certificates\\/);
    const later = await issuer.poll(submitted);
    assert.equal(later.outcome.outcome, 'pending');
    verifiedOf(await issuer.poll(later));
    assert.equal(ca.requests.filter((line) => line.includes('/request')).length, 1);
    assert.deepEqual(ca.refusals, []);
  });

  test('says that the request was rejected, and why', async () => {
    const ca = await venafi({ rejection: 'The approver said no' });
    await using issuer = await tryPreset('venafi-tpp.yaml', changes.venafiChanges(ca));
    assert.equal(
      wordsOf((await issuer.sign()).outcome),
      'failed CARejected The CA answered 500 Internal Server Error to POST /vedsdk/certificates/retrieve, which pki.rules[0] counts as failed; it says: "500; The approver said no".',
    );
  });
});
