import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startVenafi, type VenafiStandIn } from '../../cas/stand-ins/venafi.ts';
import { assertIsForCsr, csr, handClock, post } from './stand-in-calls.ts';

const paths = {
  authorize: '/vedauth/authorize/oauth',
  request: '/vedsdk/certificates/request',
  retrieve: '/vedsdk/certificates/retrieve',
};

describe('the stand-in for Venafi', () => {
  const clock = handClock();
  let venafi: VenafiStandIn;
  before(async () => {
    venafi = await startVenafi({ clock, pendingPolls: 1, tokenSeconds: 600 });
  });
  after(async () => await venafi.close());

  const credentials = () => ({
    client_id: venafi.clientId,
    username: venafi.user,
    password: venafi.password,
    scope: venafi.scope,
  });
  const request = () => ({ PolicyDN: venafi.policyDn, PKCS10: csr.pem, ObjectName: 'a.example' });

  async function bearer(from: VenafiStandIn = venafi): Promise<Readonly<Record<string, string>>> {
    const { status, json } = await post(from, paths.authorize, credentials());
    assert.equal(status, 200);
    assert.equal(json['expires'], Math.floor(clock.now() / 1000) + 600 + (from === venafi ? 0 : 3000));
    return { authorization: `Bearer ${String(json['access_token'])}` };
  }

  test('takes a request, is pending, then gives the chain', async () => {
    const headers = await bearer();
    const requested = await post(venafi, paths.request, request(), headers);
    assert.equal(requested.status, 200);
    const { CertificateDN } = requested.json;
    assert.equal(CertificateDN, `${venafi.policyDn}\\a.example`);
    const body = { CertificateDN, Format: 'Base64', IncludeChain: true };
    const pending = await post(venafi, paths.retrieve, body, headers);
    assert.equal(pending.status, 202);
    assert.deepEqual(pending.json, { Stage: 500, Status: 'Post CSR' });
    const retrieved = await post(venafi, paths.retrieve, body, headers);
    assert.equal(retrieved.status, 200);
    const chain = Buffer.from(String(retrieved.json['CertificateData']), 'base64').toString();
    assertIsForCsr(chain);
    assert.equal(chain.split('BEGIN CERTIFICATE').length, 4);
    const rootFirst = await post(venafi, paths.retrieve, { ...body, RootFirstOrder: true }, headers);
    const text = Buffer.from(String(rootFirst.json['CertificateData']), 'base64').toString();
    assert.ok(text.replaceAll('\r', '').startsWith(venafi.rootPem));
  });

  test('says why a certificate is never issued', async () => {
    const rejecting = await startVenafi({ clock, rejection: 'Rejected by the approver' });
    try {
      const headers = await bearer(rejecting);
      const { json } = await post(rejecting, paths.request, request(), headers);
      const body = { CertificateDN: json['CertificateDN'], Format: 'Base64' };
      const { status, json: answer } = await post(rejecting, paths.retrieve, body, headers);
      assert.equal(status, 500);
      assert.equal(answer['Status'], 'Rejected by the approver');
    } finally {
      await rejecting.close();
    }
  });

  const wrongCredentials: readonly (readonly [what: string, change: object, error: string])[] = [
    ['password', { password: 'wrong' }, 'invalid_grant'],
    ['client', { client_id: 'other' }, 'invalid_client'],
    ['scope', { scope: 'any' }, 'invalid_scope'],
    ['field', { grant_type: 'password' }, 'invalid_request'],
  ];
  for (const [what, change, error] of wrongCredentials) {
    test(`gives no token for a wrong ${what}`, async () => {
      const { status, json } = await post(venafi, paths.authorize, { ...credentials(), ...change });
      assert.equal(status, 400);
      assert.equal(json['error'], error);
    });
  }

  test('answers 401 to a token that is missing, wrong or over', async () => {
    assert.equal((await post(venafi, paths.request, request())).status, 401);
    assert.equal((await post(venafi, paths.request, request(), { authorization: 'Bearer wrong' })).status, 401);
    const old = await bearer();
    clock.forward(601);
    assert.equal((await post(venafi, paths.request, request(), old)).json['error'], 'invalid_token');
  });

  const refused: readonly (readonly [what: string, path: string, body: () => object, reason: RegExp])[] = [
    ['a field it does not know', paths.request, () => ({ ...request(), Pkcs10: 'x' }), /Pkcs10/],
    ['a CSR that is no PEM', paths.request, () => ({ ...request(), PKCS10: csr.base64Der }), /PKCS10/],
    ['another folder', paths.request, () => ({ ...request(), PolicyDN: String.raw`\VED\Policy\No` }), /does not exist/],
    ['neither a name nor a subject', paths.request, () => ({ ...request(), ObjectName: undefined }), /ObjectName/],
    ['names as text', paths.request, () => ({ ...request(), SubjectAltNames: ['a.example'] }), /SubjectAltNames/],
    ['a certificate that is not there', paths.retrieve, () => ({ CertificateDN: 'x', Format: 'Base64' }), /does not exist/],
    ['no format', paths.retrieve, () => ({ CertificateDN: 'x' }), /Format/],
    ['a format in small letters', paths.retrieve, () => ({ CertificateDN: 'x', Format: 'base64' }), /Format/],
  ];
  for (const [what, path, body, reason] of refused) {
    test(`refuses ${what} and records why`, async () => {
      const { status, json } = await post(venafi, path, body(), await bearer());
      assert.equal(status, 400);
      assert.match(String(json['Error']), reason);
      assert.match(venafi.refusals.at(-1) ?? '', reason);
    });
  }

  test('refuses another content type, path and method', async () => {
    const headers = await bearer();
    const text = { ...headers, 'content-type': 'text/plain' };
    assert.equal((await post(venafi, paths.request, request(), text)).status, 400);
    assert.equal((await post(venafi, '/vedsdk/certificates', request(), headers)).status, 404);
  });
});
