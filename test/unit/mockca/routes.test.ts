import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { isFor, makeCsr } from './support/csrs.ts';
import { type Call, createHarness, jsonOf } from './support/harness.ts';

const csr = makeCsr('/O=Example/CN=a.example', ['DNS:a.example', 'IP:192.0.2.1']);
const harness = await createHarness();

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const signRoutes = ['/sign', '/api/v1/sign', '/api/v1/certificate/sign'];
const bodies: Readonly<Record<string, Omit<Call, 'path'>>> = {
  'JSON with PEM': { body: JSON.stringify({ csr: csr.pem }), headers: json },
  'JSON with base64 of DER': { body: JSON.stringify({ csr: csr.base64Der }), headers: json },
  'JSON with base64 of PEM': { body: JSON.stringify({ csr: csr.base64Pem }), headers: json },
  'JSON without a Content-Type': { body: JSON.stringify({ csr: csr.pem }) },
  'raw PEM': { body: csr.pem, headers: { 'content-type': 'application/pkcs10' } },
  'raw PEM that curl calls a form': { body: csr.pem, headers: form },
  'raw DER': { body: csr.der, headers: { 'content-type': 'application/pkcs10' } },
  'raw base64 of DER': { body: csr.base64Der, headers: form },
  'raw base64 of PEM': { body: csr.base64Pem, headers: { 'content-type': 'text/plain' } },
  'a form with PEM': { body: new URLSearchParams({ csr: csr.pem }).toString(), headers: form },
  'a form with base64 of DER': { body: new URLSearchParams({ csr: csr.base64Der }).toString(), headers: form },
  'a form with base64 of PEM': { body: new URLSearchParams({ csr: csr.base64Pem }).toString(), headers: form },
  'a form whose pluses are not encoded': { body: `csr=${csr.base64Der}`, headers: form },
  'a form of PEM whose pluses are not encoded': { body: `csr=${csr.pem}`, headers: form },
};

describe('signing', () => {
  for (const path of signRoutes) {
    for (const [name, call] of Object.entries(bodies)) {
      test(`POST ${path} signs ${name}`, async () => {
        const reply = await harness.call({ path, ...call });
        assert.equal(reply.status, 200, reply.body);
        assert.ok(isFor(jsonOf(reply)['certificate'] ?? '', csr));
      });
    }
  }

  test('the reply has every field as documented', async () => {
    const reply = await harness.call({
      path: '/sign',
      body: JSON.stringify({ csr: csr.pem, validity_days: 3 }),
      headers: json,
    });
    const fields = jsonOf(reply);
    const names = ['ca', 'certificate', 'certificate_chain', 'not_after', 'not_before', 'serial_number', 'subject'];
    assert.deepEqual(Object.keys(fields).toSorted(), names);
    const certificate = new X509Certificate(fields['certificate'] ?? '');
    assert.equal(fields['certificate_chain'], `${fields['certificate']}${fields['ca']}`);
    assert.equal(fields['ca'], harness.context.authority.certificatePem);
    assert.equal(BigInt(fields['serial_number'] ?? ''), BigInt(`0x${certificate.serialNumber}`));
    assert.equal(fields['subject'], 'CN=a.example,O=Example');
    const [from, to] = [new Date(fields['not_before'] ?? ''), new Date(fields['not_after'] ?? '')];
    assert.match(fields['not_before'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(from.getTime(), new Date(certificate.validFrom).getTime());
    assert.equal(to.getTime() - from.getTime(), 3 * 86_400_000 + 60_000);
  });

  const rejected: readonly [string, string | Uint8Array, number, string, RegExp][] = [
    ['nothing', '', 400, 'MISSING_CSR', /empty/],
    ['JSON without csr', '{"validity_days":3}', 400, 'MISSING_CSR', /csr is missing/],
    ['an empty csr', '{"csr":" "}', 400, 'MISSING_CSR', /csr is missing/],
    ['a form without csr', 'validity_days=3', 400, 'MISSING_CSR', /csr is missing/],
    ['broken JSON', '{"csr":', 400, 'PARSE_ERROR', /not JSON/],
    ['JSON with another type', '{"csr":[]}', 400, 'PARSE_ERROR', /csr must be a string/],
    ['days that are no number', `{"csr":"x","validity_days":"3"}`, 400, 'PARSE_ERROR', /validity_days/],
    ['days below zero', `{"csr":"x","validity_days":-1}`, 400, 'PARSE_ERROR', /validity_days/],
    ['days beyond a century', `{"csr":"x","validity_days":40000}`, 400, 'PARSE_ERROR', /validity_days/],
    ['two CSRs in one form', 'csr=a&csr=b', 400, 'PARSE_ERROR', /more than once/],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00]), 400, 'PARSE_ERROR', /UTF-8/],
    ['text that is no CSR', '{"csr":"hello world"}', 400, 'INVALID_CSR', /CSR/],
    ['a certificate', JSON.stringify({ csr: harness.context.authority.certificatePem }), 400, 'INVALID_CSR', /CSR/],
    ['a CSR cut off', csr.der.slice(0, 100), 400, 'INVALID_CSR', /CSR/],
    [
      'another common name',
      JSON.stringify({ csr: csr.pem, common_name: 'b.example' }),
      400,
      'COMMON_NAME_MISMATCH',
      /"a\.example"/,
    ],
  ];
  for (const [name, body, status, code, details] of rejected) {
    test(`POST /sign answers ${status} ${code} to ${name}`, async () => {
      const reply = await harness.call({ path: '/sign', body });
      assert.equal(reply.status, status, reply.body);
      assert.equal(jsonOf(reply)['code'], code);
      assert.match(jsonOf(reply)['details'] ?? '', details);
      assert.deepEqual(Object.keys(jsonOf(reply)), ['error', 'code', 'details']);
    });
  }

  test('a CSR whose signature is wrong is told apart', async () => {
    const der = Uint8Array.from(csr.der);
    const at = Buffer.from(der).indexOf('a.example');
    der[at] = 'b'.charCodeAt(0);
    assert.equal(jsonOf(await harness.call({ path: '/sign', body: der }))['code'], 'INVALID_SIGNATURE');
  });

  test('a CSR for a CA certificate is refused rather than signed as something else', async () => {
    const ca = makeCsr('/CN=sub ca', [], ['-addext', 'basicConstraints=critical,CA:TRUE']);
    assert.equal(jsonOf(await harness.call({ path: '/sign', body: ca.pem }))['code'], 'CA_NOT_OFFERED');
  });

  test('the common name of the CSR is accepted as common_name', async () => {
    const body = new URLSearchParams({ csr: csr.pem, common_name: 'a.example', validity_days: '2' }).toString();
    assert.equal((await harness.call({ path: '/sign', body, headers: form })).status, 200);
  });

  test('fields that mean nothing are ignored, and named in the log', async () => {
    const reply = await harness.call({ path: '/sign', body: JSON.stringify({ csr: csr.pem, validityDays: 3 }), headers: json });
    assert.equal(reply.status, 200);
    assert.ok(harness.logged.some((line) => line.includes('"validityDays"') && line.includes('"warn"')));
  });
});

describe('methods and paths', () => {
  const allowed: Readonly<Record<string, string>> = {
    '/': 'GET, HEAD',
    '/health': 'GET, HEAD',
    '/healthz': 'GET, HEAD',
    '/readyz': 'GET, HEAD',
    '/ca': 'GET, HEAD',
    '/journal': 'GET, HEAD',
    '/requests/x': 'GET, HEAD',
    '/sign': 'POST',
    '/api/v1/sign': 'POST',
    '/api/v1/certificate/sign': 'POST',
    '/cgi/pki.cgi': 'POST',
  };
  for (const [path, methods] of Object.entries(allowed)) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (methods.split(', ').includes(method)) continue;
      test(`${method} ${path} is answered 405 with Allow: ${methods}`, async () => {
        const reply = await harness.call({ method, path });
        assert.equal(reply.status, 405);
        assert.equal(reply.headers['Allow'], methods);
        if (path !== '/cgi/pki.cgi') assert.equal(jsonOf(reply)['code'], 'METHOD_NOT_ALLOWED');
      });
    }
  }

  for (const path of ['/sign/', '/nothing', '/requests/', '/requests/a/b', '//', '/CA', '/__proto__']) {
    test(`POST ${path} is answered 404`, async () => assert.equal((await harness.call({ path })).status, 404));
  }
});

describe('what can be read', () => {
  test('GET / shows every route', async () => {
    const reply = await harness.call({ method: 'GET', path: '/' });
    assert.match(reply.headers['Content-Type'] ?? '', /^text\/plain/);
    for (const path of [...signRoutes, '/health', '/healthz', '/readyz', '/ca', '/requests', '/journal', '/cgi/pki.cgi']) {
      assert.ok(reply.body.includes(path), path);
    }
  });

  for (const path of ['/health', '/healthz', '/readyz']) {
    test(`GET ${path} answers the state as JSON`, async () => {
      const { uptime, ca_expires, certificates_signed, ...rest } = jsonOf(await harness.call({ method: 'GET', path }));
      assert.deepEqual(rest, { status: 'healthy', version: '1.2.3', ca_subject: 'CN=Test CA,O=tests' });
      assert.equal(typeof certificates_signed, 'number');
      assert.match(uptime ?? '', /^\d+s$/);
      assert.ok(Date.parse(ca_expires ?? '') > Date.now());
    });
  }

  test('GET /health counts signings', async () => {
    const fresh = await createHarness();
    for (let count = 0; count < 3; count++) await fresh.call({ path: '/sign', body: csr.pem });
    const health = JSON.parse((await fresh.call({ method: 'GET', path: '/health' })).body) as Record<string, unknown>;
    assert.equal(health['certificates_signed'], 3);
  });

  test('GET /ca is a PEM file to keep', async () => {
    const reply = await harness.call({ method: 'GET', path: '/ca' });
    assert.equal(reply.headers['Content-Type'], 'application/x-pem-file');
    assert.equal(reply.headers['Content-Disposition'], 'attachment; filename=ca.crt');
    assert.ok(new X509Certificate(reply.body).ca);
  });

  test('GET /journal has a line for every signing', async () => {
    const fresh = await createHarness();
    const headers = { 'idempotency-key': 'k1' };
    const signed = jsonOf(await fresh.call({ path: '/api/v1/sign', body: csr.pem, headers }));
    const lines = (await fresh.call({ method: 'GET', path: '/journal' })).body.trim().split('\n');
    assert.equal(lines.length, 1);
    const { time, serialHex, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, string>;
    assert.ok(Math.abs(Date.parse(time ?? '') - Date.now()) < 60_000);
    assert.equal(BigInt(`0x${serialHex}`), BigInt(signed['serial_number'] ?? ''));
    assert.deepEqual(rest, {
      serial: signed['serial_number'],
      subject: 'CN=a.example,O=Example',
      sans: ['DNS:a.example', 'IP:192.0.2.1'],
      idempotencyKey: 'k1',
      route: '/api/v1/sign',
      requester: '192.0.2.7',
    });
  });
});
