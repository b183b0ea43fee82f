import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, type ClientTls } from '../../cas/https-client.ts';
import { type EjbcaStandIn, startEjbca } from '../../cas/stand-ins/ejbca.ts';
import { encodePem } from '../../../src/x509/pem.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { assertIsForCsr, csr, post } from './stand-in-calls.ts';

const path = '/ejbca/ejbca-rest-api/v1/certificate/pkcs10enroll';

describe('the stand-in for EJBCA', () => {
  let ejbca: EjbcaStandIn;
  before(async () => {
    ejbca = await startEjbca({ clock: systemClock });
  });
  after(async () => await ejbca.close());

  const tls = (): ClientTls => ({ cert: ejbca.client.certificatePem, key: ejbca.client.keyPem });
  const request = () => ({
    certificate_request: csr.pem,
    certificate_profile_name: ejbca.certificateProfileName,
    end_entity_profile_name: ejbca.endEntityProfileName,
    certificate_authority_name: ejbca.certificateAuthorityName,
    username: 'a.example',
    password: 'secret',
    include_chain: true,
  });
  const pemOf = (base64: unknown) => encodePem('CERTIFICATE', new Uint8Array(Buffer.from(String(base64), 'base64')));

  for (const form of ['pem', 'base64Der'] as const) {
    test(`enrolls a CSR as ${form} over mutual TLS`, async () => {
      const { status, json } = await post(ejbca, path, { ...request(), certificate_request: csr[form] }, {}, tls());
      assert.equal(status, 201);
      assert.match(String(json['certificate']), /^[A-Za-z0-9+/]+=*$/, 'base64 on one line');
      assertIsForCsr(pemOf(json['certificate']));
      assert.equal(json['response_format'], 'DER');
      const chain = json['certificate_chain'] as readonly string[];
      assert.equal(chain.length, 2);
      assert.equal(pemOf(chain[1]).trim(), ejbca.rootPem.trim());
    });
  }

  test('gives no chain unless it is asked to', async () => {
    const { include_chain: _, ...alone } = request();
    const { json } = await post(ejbca, path, alone, {}, tls());
    assert.equal('certificate_chain' in json, false);
  });

  test('revokes by issuer and serial number', async () => {
    const revoke = async (query: string) =>
      await call(
        `${ejbca.url}/ejbca/ejbca-rest-api/v1/certificate/${encodeURIComponent('CN=Stand-in CA')}/1F/revoke${query}`,
        { ca: ejbca.tlsCaPem, ...tls() },
        { method: 'PUT' },
      );
    assert.equal((await revoke('?reason=KEY_COMPROMISE')).status, 200);
    assert.equal((await revoke('?reason=BORED')).status, 400);
  });

  const refused: readonly (readonly [what: string, change: object, status: number, reason: RegExp])[] = [
    ['a field it does not know', { certificateRequest: 'x' }, 400, /certificateRequest/],
    ['a wrong type', { include_chain: 'true' }, 400, /include_chain/],
    ['no user name', { username: undefined }, 400, /username/],
    ['another CA', { certificate_authority_name: 'Other' }, 404, /Other/],
    ['another certificate profile', { certificate_profile_name: 'Other' }, 400, /profile/],
    ['a CSR that is none', { certificate_request: 'AAAA' }, 400, /CSR/],
  ];
  for (const [what, change, status, reason] of refused) {
    test(`refuses ${what} and records why`, async () => {
      const answer = await post(ejbca, path, { ...request(), ...change }, {}, tls());
      assert.equal(answer.status, status);
      assert.equal(answer.json['error_code'], status);
      assert.match(String(answer.json['error_message']), reason);
      assert.match(ejbca.refusals.at(-1) ?? '', reason);
    });
  }

  test('refuses who shows no client certificate, or one of another CA', async () => {
    assert.equal((await post(ejbca, path, request())).status, 403);
    const other = await startEjbca({ clock: systemClock });
    const foreign = { cert: other.client.certificatePem, key: other.client.keyPem };
    await other.close();
    assert.equal((await post(ejbca, path, request(), {}, foreign)).status, 403);
  });

  test('refuses a body that is not declared as JSON', async () => {
    assert.equal((await post(ejbca, path, request(), { 'content-type': 'text/plain' }, tls())).status, 400);
  });
});
