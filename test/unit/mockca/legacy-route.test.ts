import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFor, makeCsr } from './support/csrs.ts';
import { createHarness } from './support/harness.ts';

const csr = makeCsr('/C=DE/O=Example/CN=a.example', ['DNS:a.example', 'DNS:b.example']);
const nameless = makeCsr('/', ['DNS:n.example']);
const harness = await createHarness();
const path = '/cgi/pki.cgi';
const certificates = (text: string): number => text.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;

describe('POST /cgi/pki.cgi', () => {
  const signed: readonly [string, string][] = [
    ['new=1', `new=1;csr=${csr.base64Der}`],
    ['renew=1', `renew=1;csr=${csr.base64Der}`],
    ['neither', `csr=${csr.base64Der}`],
    ['bare keys', `new;csr=${csr.base64Der}`],
    ['white space and a last semicolon', ` new=1 ;\n csr=${csr.base64Der} ;\r\n`],
    ['base64 of PEM', `new=1;csr=${csr.base64Pem}`],
    ['PEM', `new=1;csr=${csr.pem}`],
    ['PEM, percent-encoded', `new=1;csr=${encodeURIComponent(csr.pem)}`],
    [
      'the subject and names of the CSR',
      `new=1;subject=/C=DE/O=Example/CN=a.example;DNS2=a.example;DNS3=B.example;csr=${csr.base64Der}`,
    ],
    ['a subject with commas', `new=1;subject=CN=a.example,O=Example;csr=${csr.base64Der}`],
    ['a subject of another organization', `new=1;subject=/O=Other/CN=a.example;csr=${csr.base64Der}`],
  ];
  for (const [name, body] of signed) {
    test(`signs with ${name} and answers leaf and CA in PEM`, async () => {
      const reply = await harness.call({ path, body });
      assert.equal(reply.status, 200, reply.body);
      assert.equal(reply.headers['Content-Type'], 'text/plain; charset=utf-8');
      assert.equal(certificates(reply.body), 2);
      assert.ok(isFor(reply.body, csr));
      assert.ok(reply.body.endsWith(harness.context.authority.certificatePem));
    });
  }

  test('a CSR without a common name may be named by its DNS name', async () => {
    const reply = await harness.call({ path, body: `new=1;subject=/CN=n.example;csr=${nameless.base64Der}` });
    assert.equal(reply.status, 200, reply.body);
  });

  test('getCERT beside a CSR signs it and answers the leaf alone', async () => {
    const reply = await harness.call({ path, body: `new=1;getCERT;csr=${csr.base64Der}` });
    assert.equal(certificates(reply.body), 1);
    assert.ok(isFor(reply.body, csr));
  });

  test('new=1 signs anew and does not answer an old certificate', async () => {
    const body = `new=1;csr=${csr.base64Der}`;
    const [first, second] = [await harness.call({ path, body }), await harness.call({ path, body })];
    assert.notEqual(first.body, second.body);
  });

  test('getCERT and getCSR find what was signed last for a name', async () => {
    const fresh = await createHarness();
    await fresh.call({ path, body: `new=1;csr=${csr.base64Der}` });
    const last = await fresh.call({ path, body: `new=1;csr=${csr.base64Der}` });
    const certificate = await fresh.call({ path, body: 'getCERT;subject=/O=x/CN=a.example' });
    assert.equal(certificate.status, 200);
    assert.equal(certificates(certificate.body), 1);
    assert.ok(last.body.startsWith(certificate.body));
    const request = await fresh.call({ path, body: 'getCSR=1;subject=/CN=a.example' });
    assert.equal(request.body.replaceAll(/\s/g, ''), csr.pem.replaceAll(/\s/g, ''));
  });

  const refused: readonly [string, string, number, RegExp][] = [
    ['getKEY', 'getKEY;subject=/CN=a.example', 403, /getKEY is not offered: this server has no private keys/],
    ['getKEY beside a CSR', `new=1;getKEY;csr=${csr.base64Der}`, 403, /getKEY is not offered/],
    ['a subject without a CSR', 'new=1;subject=/CN=a.example', 400, /csr parameter is required.*a subject is not enough/],
    ['nothing', '', 400, /csr parameter is required/],
    ['getCERT without a subject', 'getCERT', 400, /^subject parameter is required\n$/],
    ['getCSR without a common name', 'getCSR;subject=/O=x', 400, /^subject must contain CN\n$/],
    ['getCERT of an unknown name', 'getCERT;subject=/CN=unknown', 404, /^Certificate not found\n$/],
    ['getCSR of an unknown name', 'getCSR;subject=/CN=unknown', 404, /^CSR not found\n$/],
    ['both lookups', 'getCERT;getCSR;subject=/CN=a', 400, /two requests/],
    ['a broken CSR', 'new=1;csr=MIIBAAAA', 400, /CSR/],
    ['a CSR with trailing rubbish', `new=1;csr=${csr.base64Der}&subject=x`, 400, /CSR/],
    ['another common name', `new=1;subject=/CN=evil.example;csr=${csr.base64Der}`, 400, /CN of subject is not that of the CSR/],
    [
      'a DNS name the CSR lacks',
      `new=1;DNS2=evil.example;csr=${csr.base64Der}`,
      400,
      /"evil.example" is not a DNS name of the CSR/,
    ],
    ['a parameter twice', `csr=${csr.base64Der};csr=${csr.base64Der}`, 400, /csr is given more than once/],
    ['a bad percent sign', `subject=/CN=100%;csr=${csr.base64Der}`, 400, /write %25/],
    ['a CA', `csr=${makeCsr('/CN=x', [], ['-addext', 'basicConstraints=CA:TRUE']).base64Der}`, 400, /CA certificate/],
  ];
  for (const [name, body, status, text] of refused) {
    test(`answers ${status} in text to ${name}`, async () => {
      const reply = await harness.call({ path, body });
      assert.equal(reply.status, status, reply.body);
      assert.match(reply.body, text);
      assert.match(reply.headers['Content-Type'] ?? '', /^text\/plain/);
    });
  }

  test('no answer ever holds a private key', async () => {
    for (const body of [
      'getKEY',
      'getKEY;subject=/CN=a.example',
      `new=1;csr=${csr.base64Der}`,
      'getCERT;subject=/CN=a.example',
    ]) {
      assert.doesNotMatch((await harness.call({ path, body })).body, /PRIVATE KEY/);
    }
  });

  test('an Idempotency-Key works here too', async () => {
    const call = { path, body: `new=1;csr=${csr.base64Der}`, headers: { 'idempotency-key': 'legacy-1' } };
    assert.equal((await harness.call(call)).body, (await harness.call(call)).body);
    const other = await harness.call({ ...call, body: `renew=1;csr=${csr.base64Der}` });
    assert.equal(other.status, 422);
  });
});
