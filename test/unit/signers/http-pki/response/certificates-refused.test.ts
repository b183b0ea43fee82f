import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCertificateReader } from '../../../../../src/signers/http-pki/response/certificates.ts';
import type { WrittenResponse } from '../../../../../src/signers/http-pki/schema/response.ts';
import { opensslCsr } from '../../../x509/tools.ts';
import { answerOf, bad, good } from './support/answers.ts';
import { derOf, makeCertificate, pkcs7Pem } from './support/certificates.ts';

const leaf = makeCertificate('leaf');
const sub = makeCertificate('sub', 'rsa');
const csr = opensslCsr({});
const p7 = derOf(pkcs7Pem([leaf.pem, sub.pem]));
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

interface Refusal {
  readonly what: string;
  readonly response: WrittenResponse;
  readonly body: unknown;
  readonly words: RegExp;
}
const json = { format: 'json', certificateField: 'data.certificate' } as const;
const bodies: readonly Refusal[] = [
  {
    what: 'an empty body',
    response: { format: 'pem' },
    body: '',
    words: /pki\.response\.format is pem, and the body does not hold a certificate: it is empty/,
  },
  {
    what: 'a page of HTML',
    response: { format: 'pem' },
    body: '<html>Welcome</html>',
    words: /neither PEM nor base64/,
  },
  { what: 'a private key', response: { format: 'pem' }, body: leaf.keyPem, words: /it holds a private key and no certificate/ },
  { what: 'a CSR', response: { format: 'pem' }, body: csr, words: /it holds a CSR and no certificate/ },
  {
    what: 'PEM of something else',
    response: { format: 'pem' },
    body: '-----BEGIN THING-----\nAQID\n-----END THING-----',
    words: /PEM without a certificate \(it holds THING\)/,
  },
  {
    what: 'PEM that is cut',
    response: { format: 'pem' },
    body: leaf.pem.slice(0, 200),
    words: /PEM that cannot be read: .*no END line/,
  },
  {
    what: 'a certificate that is none',
    response: { format: 'pem' },
    body: '-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----',
    words: /PEM block 1 \(CERTIFICATE\) cannot be read: it is not an X\.509 certificate/,
  },
  {
    what: 'base64 of something else',
    response: { format: 'base64' },
    body: base64('hello world, hello'),
    words: /neither PEM nor base64 of a certificate/,
  },
  {
    what: 'DER of something else',
    response: { format: 'der' },
    body: derOf(csr),
    words: /DER of neither an X\.509 certificate nor PKCS #7/,
  },
  {
    what: 'two certificates in DER',
    response: { format: 'der' },
    body: Buffer.concat([leaf.der, sub.der]),
    words: /a certificate in DER and something behind it/,
  },
  {
    what: 'PKCS #7 without certificates',
    response: { format: 'pkcs7' },
    body: pkcs7Pem([]),
    words: /PKCS #7 without a certificate/,
  },
  {
    what: 'DER where PEM should be',
    response: { format: 'pem' },
    body: leaf.der,
    words: /format is pem, but the body is a certificate in DER: set the format to der/,
  },
  {
    what: 'PEM where DER should be',
    response: { format: 'der' },
    body: leaf.pem,
    words: /format is der, but the body is PEM: set the format to pem/,
  },
  {
    what: 'PKCS #7 where DER should be',
    response: { format: 'der' },
    body: p7,
    words: /the body is PKCS #7 in DER: set the format to pkcs7/,
  },
  {
    what: 'a certificate where PKCS #7 should be',
    response: { format: 'pkcs7' },
    body: base64(leaf.der),
    words: /the body is base64: set the format to base64/,
  },
  {
    what: 'more than a megabyte',
    response: { format: 'pem' },
    body: 'x'.repeat(1_048_577),
    words: /it has 1048577 bytes, and at most 1048576 are read/,
  },
  {
    what: 'a field that is missing',
    response: json,
    body: { data: { cert: 'x', serial: 1 } },
    words: /pki\.response\.certificateField "data\.certificate" finds nothing: "data" has the keys cert, serial$/,
  },
  {
    what: 'an object that is missing',
    response: json,
    body: { result: {}, errors: [] },
    words: /finds nothing: the answer has the keys result, errors$/,
  },
  {
    what: 'many other keys',
    response: json,
    body: { data: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`k${index}\u001b\n`, 1])) },
    words: /"data" has the keys k0\\u001b, .*k9\\u001b, and 2 more$/,
  },
  { what: 'a list on the way', response: json, body: { data: [1, 2] }, words: /"data" is a list of 2$/ },
  { what: 'a text on the way', response: json, body: { data: 'secret' }, words: /"data" is a text$/ },
  { what: 'no keys', response: json, body: { data: {} }, words: /"data" is an object without keys$/ },
  {
    what: 'a page in HTML instead of JSON',
    response: json,
    body: '<!DOCTYPE html>\n<p>Sign in<br></p>',
    words: /finds nothing: the answer is a page in HTML \(status 200\): look whether the address is that of the API$/,
  },
  { what: 'HTML that is XML too', response: json, body: '<html><p/></html>', words: /the answer is a page in HTML/ },
  {
    what: 'text instead of JSON',
    response: json,
    body: 'Not Found',
    words: /finds nothing: the body is neither JSON nor XML that can be read \(no content type, 9 bytes\)$/,
  },
  { what: 'nothing instead of JSON', response: json, body: '', words: /the body is empty$/ },
  {
    what: 'JSONPath that finds nothing',
    response: { format: 'json', certificateField: '$.x' },
    body: { a: 1 },
    words: /"\$\.x" finds nothing: the answer has the keys a$/,
  },
  {
    what: 'JSONPath in a long body',
    response: { format: 'json', certificateField: '$.x' },
    body: { x: 'a'.repeat(70_000) },
    words: /JSONPath reads at most 65536: write a path without \$$/,
  },
  {
    what: 'a header that is missing',
    response: { format: 'json', certificateField: 'header:x-cert' },
    body: {},
    words: /the answer has no such header$/,
  },
  { what: 'null', response: json, body: { data: { certificate: null } }, words: /finds null, not a certificate$/ },
  {
    what: 'an empty text',
    response: json,
    body: { data: { certificate: ' ' } },
    words: /finds an empty text, not a certificate$/,
  },
  {
    what: 'an empty list',
    response: json,
    body: { data: { certificate: [] } },
    words: /finds an empty list, not a certificate$/,
  },
  {
    what: 'a number',
    response: json,
    body: { data: { certificate: 7 } },
    words: /finds a number where a certificate as text should be$/,
  },
  { what: 'true', response: json, body: { data: { certificate: true } }, words: /finds true or false where/ },
  { what: 'an object', response: json, body: { data: { certificate: { pem: 'x' } } }, words: /finds an object where/ },
  {
    what: 'a list with something else in it',
    response: json,
    body: { data: { certificate: [leaf.pem, 1] } },
    words: /"data\.certificate", entry 2, finds a number where/,
  },
  {
    what: 'a list that is too long',
    response: json,
    body: { data: { certificate: Array.from({ length: 101 }, () => 'x') } },
    words: /a list of 101, and at most 100 are read/,
  },
  {
    what: 'too many certificates',
    response: json,
    body: { data: { certificate: [leaf.pem.repeat(60), leaf.pem.repeat(60)] } },
    words: /finds more than 100 certificates/,
  },
  {
    what: 'a private key in a field',
    response: json,
    body: { data: { certificate: leaf.keyPem } },
    words: /does not find a certificate: it holds a private key/,
  },
  {
    what: 'a word',
    response: json,
    body: { data: { certificate: 'pending approval' } },
    words: /does not find a certificate: it is neither PEM nor base64/,
  },
  {
    what: 'a chain that is missing',
    response: { ...json, chainField: 'data.chain' },
    body: { data: { certificate: leaf.pem } },
    words: /pki\.response\.chainField "data\.chain" finds nothing: "data" has the keys certificate$/,
  },
  {
    what: 'a root that is missing',
    response: { ...json, caField: 'ca' },
    body: { data: { certificate: leaf.pem } },
    words: /pki\.response\.caField "ca" finds nothing/,
  },
];
describe('createCertificateReader refuses', () => {
  for (const { what, response, body, words } of bodies) {
    test(what, () => {
      const { code, message } = bad(good(createCertificateReader(response, 'pki.response'))(answerOf(body)));
      assert.equal(code, 'CAResponseInvalid');
      assert.match(message, /^The answer of the CA cannot be used: /);
      assert.match(message, words);
      assert.doesNotMatch(message, /secret|pending approval|MII|Welcome/);
    });
  }

  const configurations: readonly (readonly [response: WrittenResponse, words: RegExp])[] = [
    [{ format: 'json' }, /^pki\.response\.certificateField is not set: with format json it says where/],
    [{ format: 'pem', chainField: 'a' }, /^pki\.response\.chainField is set, but pki\.response\.format is pem/],
    [{ ...json, caField: 'a..b' }, /^pki\.response\.caField "a\.\.b": at character 2/],
  ];
  for (const [response, words] of configurations) {
    test(`the configuration ${JSON.stringify(response)}`, () => {
      assert.match(bad(createCertificateReader(response, 'pki.response')), words);
    });
  }
});
