import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createCertificateReader, readCaCertificates } from '../../../../../src/signers/http-pki/response/certificates.ts';
import type { WrittenResponse } from '../../../../../src/signers/http-pki/schema/response.ts';
import { openssl } from '../../../x509/tools.ts';
import { answerOf, bad, good, within } from './support/answers.ts';
import { commonNames, derOf, makeCertificate, pkcs7Pem } from './support/certificates.ts';

const leaf = makeCertificate('leaf');
const sub = makeCertificate('sub', 'rsa');
const root = makeCertificate('root', 'ed25519');
const trusted = openssl(['x509', '-in', 'c.pem', '-trustout', '-addtrust', 'serverAuth'], { 'c.pem': leaf.pem });
const chain = leaf.pem + sub.pem;
const p7Pem = pkcs7Pem([leaf.pem, sub.pem]);
const p7 = derOf(p7Pem);
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
const lines = (text: string): string => text.replaceAll(/.{64}/g, '$&\r\n');

interface Form {
  readonly what: string;
  readonly body: string | Uint8Array;
  readonly format: 'pem' | 'der' | 'base64' | 'pkcs7';
  readonly names: readonly string[];
}
const forms: readonly Form[] = [
  { what: 'PEM', body: leaf.pem, format: 'pem', names: ['leaf'] },
  {
    what: 'PEM with CR LF, text around it and no last newline',
    body: `Subject: x\r\n${chain.replaceAll('\n', '\r\n').trimEnd()} that was it`,
    format: 'pem',
    names: ['leaf', 'sub'],
  },
  { what: 'PEM behind a byte order mark', body: `\u{feff}${leaf.pem}`, format: 'pem', names: ['leaf'] },
  {
    what: 'PEM on one line, with spaces for line breaks',
    body: leaf.pem.replaceAll('\n', ' '),
    format: 'pem',
    names: ['leaf'],
  },
  { what: 'PEM with escaped line breaks', body: chain.replaceAll('\n', '\\n'), format: 'pem', names: ['leaf', 'sub'] },
  { what: 'PEM with escaped CR LF', body: chain.replaceAll('\n', '\\r\\n'), format: 'pem', names: ['leaf', 'sub'] },
  {
    what: 'PEM X509 CERTIFICATE',
    body: leaf.pem.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE'),
    format: 'pem',
    names: ['leaf'],
  },
  { what: 'PEM TRUSTED CERTIFICATE', body: trusted, format: 'pem', names: ['leaf'] },
  { what: 'PEM beside a private key', body: leaf.keyPem + leaf.pem, format: 'pem', names: ['leaf'] },
  { what: 'PEM PKCS7', body: p7Pem, format: 'pkcs7', names: ['leaf', 'sub'] },
  { what: 'PEM CMS', body: p7Pem.replaceAll('PKCS7', 'CMS'), format: 'pkcs7', names: ['leaf', 'sub'] },
  { what: 'DER', body: leaf.der, format: 'der', names: ['leaf'] },
  { what: 'DER and a newline', body: Buffer.concat([leaf.der, Buffer.from('\r\n')]), format: 'der', names: ['leaf'] },
  { what: 'PKCS #7 in DER', body: p7, format: 'pkcs7', names: ['leaf', 'sub'] },
  { what: 'PKCS #7 in base64, as EST has it', body: lines(base64(p7)), format: 'pkcs7', names: ['leaf', 'sub'] },
  { what: 'base64 of DER on one line', body: base64(sub.der), format: 'base64', names: ['sub'] },
  { what: 'base64 of DER on many lines', body: `${lines(base64(root.der))}\n`, format: 'base64', names: ['root'] },
  { what: 'base64 of DER without padding', body: base64(leaf.der).replace(/=+$/, ''), format: 'base64', names: ['leaf'] },
  { what: 'base64url', body: Buffer.from(sub.der).toString('base64url'), format: 'base64', names: ['sub'] },
  { what: 'base64 of PEM', body: lines(base64(chain)), format: 'base64', names: ['leaf', 'sub'] },
];
describe('createCertificateReader reads a body', () => {
  for (const { what, body, format, names } of forms) {
    test(what, () => {
      const read = good(createCertificateReader({ format }, 'pki.response'));
      const found = good(read(answerOf(body)));
      assert.deepEqual(commonNames(found.chainPem), names);
      assert.equal(found.caPem, undefined);
    });
  }
});

test('readCaCertificates reads every form, PEM as it is', () => {
  for (const { body, names } of forms) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    assert.deepEqual(commonNames(good(readCaCertificates(bytes, 'pki.response.caUrl'))), names);
  }
  const { code, message } = bad(readCaCertificates(new TextEncoder().encode('<html>'), 'pki.response.caUrl'));
  assert.equal(code, 'CAResponseInvalid');
  assert.equal(
    message,
    'The answer of the CA cannot be used: what pki.response.caUrl answers is not CA certificates: it is neither PEM nor base64 of a certificate, of PKCS #7 or of PEM',
  );
});

test('a field finds a certificate in every form of text, as does each entry of a list', () => {
  const texts = forms.filter(({ body }) => typeof body === 'string');
  const read = good(
    createCertificateReader({ format: 'json', certificateField: 'c', chainField: 'chain', caField: 'ca' }, 'f'),
  );
  for (const { body, names } of texts) {
    const found = good(read(answerOf({ c: body, chain: [root.pem, body], ca: body })));
    assert.deepEqual(commonNames(found.chainPem), [...names, 'root', ...names]);
    assert.deepEqual(commonNames(found.caPem ?? ''), names);
  }
});

const json = { format: 'json', certificateField: 'data.certificate' } as const;
describe('what an answer may lack', () => {
  const without = answerOf({ data: { certificate: leaf.pem } });
  const fields = { ...json, chainField: 'data.chain', caField: 'data.ca' };
  test('is the chain and the root where caUrl or caBundle complete it', () => {
    for (const completed of [{ caUrl: '/ca.pem' }, { caBundle: root.pem }]) {
      const found = good(good(createCertificateReader({ ...fields, ...completed }, 'f'))(without));
      assert.deepEqual({ ...found, chainPem: commonNames(found.chainPem) }, { chainPem: ['leaf'] });
    }
  });

  test('is what it says is empty', () => {
    for (const empty of [null, '', []]) {
      const found = good(
        good(createCertificateReader(fields, 'f'))(answerOf({ data: { certificate: leaf.pem, chain: empty, ca: empty } })),
      );
      assert.deepEqual({ ...found, chainPem: commonNames(found.chainPem) }, { chainPem: ['leaf'] });
    }
  });
});

describe('answers as real CAs give them', () => {
  const real: readonly {
    readonly what: string;
    readonly response: WrittenResponse;
    readonly body: unknown;
    readonly chain: readonly string[];
    readonly ca?: readonly string[];
  }[] = [
    {
      what: 'step-ca',
      response: { format: 'json', certificateField: 'crt', chainField: 'certChain' },
      body: { crt: leaf.pem, ca: sub.pem, certChain: [leaf.pem, sub.pem] },
      chain: ['leaf', 'leaf', 'sub'],
    },
    {
      what: 'Vault',
      response: {
        format: 'json',
        certificateField: 'data.certificate',
        chainField: 'data.ca_chain',
        caField: 'data.issuing_ca',
      },
      body: { data: { certificate: leaf.pem.trim(), issuing_ca: sub.pem.trim(), ca_chain: [sub.pem.trim()] } },
      chain: ['leaf', 'sub'],
      ca: ['sub'],
    },
    {
      what: 'CFSSL',
      response: { format: 'json', certificateField: 'result.certificate' },
      body: { success: true, result: { certificate: leaf.pem }, errors: [] },
      chain: ['leaf'],
    },
    {
      what: 'EJBCA',
      response: { format: 'json', certificateField: 'certificate', chainField: 'certificate_chain' },
      body: { certificate: base64(leaf.der), response_format: 'DER', certificate_chain: [base64(sub.der), base64(root.der)] },
      chain: ['leaf', 'sub', 'root'],
    },
    {
      what: 'XML',
      response: { format: 'xml', certificateField: 'Envelope.Body.cert', chainField: 'Envelope.Body.chain' },
      body: `<s:Envelope xmlns:s="u"><s:Body><cert enc="b64">${lines(base64(leaf.der)).replaceAll('\r', '&#13;')}</cert><chain>${sub.pem}</chain><chain>${root.pem}</chain></s:Body></s:Envelope>`,
      chain: ['leaf', 'sub', 'root'],
    },
  ];
  for (const { what, response, body, chain: names, ca } of real) {
    test(what, () => {
      const found = good(good(createCertificateReader(response, 'f'))(answerOf(body)));
      assert.deepEqual(commonNames(found.chainPem), names);
      assert.deepEqual(found.caPem === undefined ? undefined : commonNames(found.caPem), ca);
    });
  }
});

test('a megabyte of almost anything is refused within a second', () => {
  for (const piece of ['-----BEGIN CERTIFICATE-----\n', '-----BEGIN A-----\n-----END B-----', 'MIIB', '\\n', ' ', 'A', '=']) {
    const body = new TextEncoder().encode(piece.repeat(1_048_576 / piece.length));
    within(1000, () => assert.equal(readCaCertificates(body, 'x').ok, false));
  }
});

test('never throws, whatever the body', () => {
  const pieces = fc.constantFrom(
    '-----BEGIN CERTIFICATE-----',
    '-----END CERTIFICATE-----',
    '\n',
    'MIIB',
    '=',
    '\\n',
    base64(leaf.der).slice(0, 99),
    ' ',
    'PKCS7',
    '0\u0082',
  );
  const bodies = fc.oneof(
    fc.uint8Array(),
    fc.array(pieces).map((list) => Buffer.from(list.join(''), 'latin1')),
    fc.nat(p7.length).map((at) => p7.with(at % p7.length, 0)),
  );
  const read = good(createCertificateReader(json, 'f'));
  fc.assert(
    fc.property(bodies, fc.jsonValue({ maxDepth: 3 }), (body, value) => {
      readCaCertificates(body, 'x');
      read(answerOf({ data: { certificate: value } }));
    }),
    { numRuns: 300 },
  );
});
