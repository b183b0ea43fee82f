import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import * as changes from './support/preset-cas.ts';
import { passes, tryPreset, verifiedOf, wordsOf } from './support/preset-trial.ts';
import { startSecureMockCa, type MockCaAccess } from './support/secure-mockca.ts';

const closing = new AsyncDisposableStack();
after(async () => await closing.disposeAsync());

async function mockCa(access: MockCaAccess, ...args: readonly string[]) {
  return closing.use(await startSecureMockCa(access, args));
}

describe('a JSON API', () => {
  test('signs for a bearer token', async () => {
    const ca = await mockCa('token');
    await using issuer = await tryPreset('generic-json.yaml', changes.genericJsonChanges(ca));
    const { request } = await passes(issuer, await ca.rootPem(), ['POST /api/v1/certificate/sign']);
    const signings = await ca.signings();
    assert.deepEqual(
      signings.map(({ idempotencyKey }) => idempotencyKey),
      [request.idempotencyKey],
    );
  });

  test('signs for a client certificate besides', async () => {
    const ca = await mockCa('token and certificate');
    await using issuer = await tryPreset('generic-json.yaml', changes.genericJsonByCertificateChanges(ca));
    await passes(issuer, await ca.rootPem(), ['POST /api/v1/certificate/sign']);
    await using without = await tryPreset('generic-json.yaml', changes.genericJsonChanges(ca));
    assert.match(wordsOf(await without.check()), /^retry TLSFailed /);
  });

  test('decides later', async () => {
    const ca = await mockCa('token', '--fault-pending=1');
    await using issuer = await tryPreset('generic-json.yaml', changes.genericJsonChanges(ca));
    const submitted = await issuer.sign();
    assert.deepEqual(submitted.outcome.outcome, 'pending', wordsOf(submitted.outcome));
    const later = await issuer.poll(submitted);
    verifiedOf(await issuer.poll(later));
    assert.equal((await ca.signings()).length, 1);
  });

  test('says that the token is wrong', async () => {
    const ca = await mockCa('token');
    await using issuer = await tryPreset('generic-json.yaml', changes.genericJsonChanges({ ...ca, token: 'another-token' }));
    const { outcome, texts } = await issuer.sign();
    assert.match(
      wordsOf(outcome),
      /^issuer-broken CAAuthRefused The CA answered 401 Unauthorized to POST \/api\/v1\/certificate\/sign; it says: "send "Authorization: Bearer <token>"/,
    );
    assert.doesNotMatch(texts.join('\n'), /another-token/, 'what is shown holds no secret');
  });
});

test('a CGI of old is sent the names and the CSR, for a first certificate and for a renewal', async () => {
  const ca = await mockCa('open');
  await using issuer = await tryPreset('legacy-cgi.yaml', changes.legacyCgiChanges(ca));
  const { texts } = await passes(issuer, await ca.rootPem(), ['POST /cgi/pki.cgi']);
  assert.match(texts[0] ?? '', /\n\nnew=1;subject=\/CN=a\.example;DNS2=a\.example;csr=MII/);
  const renewal = await issuer.sign({ revision: 2 });
  verifiedOf(renewal);
  assert.match(renewal.texts[0] ?? '', /\n\nrenew=1;subject=/);
});

test('a flat ConfigMap says the same with one key for each setting', async () => {
  const ca = await mockCa('token');
  await using issuer = await tryPreset('flat-config-map.yaml', changes.flatConfigMapChanges(ca));
  await passes(issuer, await ca.rootPem(), ['POST /api/v1/sign']);
  assert.match(issuer.warnings.join('\n'), /^InsecureSkipVerify: /);
});
