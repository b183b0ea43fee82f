import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFields, unknownFields } from '../../../../../src/lib/fields.ts';
import type { Result } from '../../../../../src/lib/result.ts';
import { explainFlatFields, readFlatPkiConfigMap } from '../../../../../src/signers/http-pki/config/flat.ts';
import { pkiSchema } from '../../../../../src/signers/http-pki/schema/schema.ts';

type Texts = Readonly<Record<string, string>>;

function read(texts: Texts): Result<unknown, string> | undefined {
  return readFlatPkiConfigMap(new Map(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)])));
}

const vault: Texts = {
  'signer-type': 'pki',
  'pki-api-url': 'https://vault.example.com/v1/pki/sign/web',
  'pki-api-method': 'POST',
  'pki-api-content-type': 'application/json',
  'pki-request-template': '{\n  "csr": "{{.CSR}}",\n  "common_name": "{{ .CommonName }}",\n  "ttl": "{{.Duration}}"\n}\n',
  'pki-response-cert-path': '.data.certificate',
  'pki-response-ca-path': '.data.issuing_ca',
  'pki-timeout': '30',
  'pki-skip-tls-verify': 'false',
};

function blockOf(texts: Texts): Readonly<Record<string, unknown>> {
  const block = read(texts);
  assert.ok(block?.ok, block?.ok === false ? block.error : 'no key was known');
  assert.deepEqual(unknownFields(pkiSchema, block.value, 'pki'), []);
  const parsed = parseFields(pkiSchema, block.value, 'pki');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.join());
  return block.value as Readonly<Record<string, unknown>>;
}

describe('a ConfigMap of flat keys', () => {
  test('is the block in the form of the schema', () => {
    assert.deepEqual(blockOf(vault), {
      baseUrl: 'https://vault.example.com/v1/pki/sign/web',
      steps: [
        {
          name: 'sign',
          method: 'POST',
          body: {
            json: { csr: '{{ csr.pem }}', common_name: '{{ subject.commonName }}', ttl: '{{ duration.go }}' },
          },
        },
      ],
      response: { format: 'json', certificateField: 'data.certificate', chainField: 'data.issuing_ca' },
      auth: { type: 'auto' },
      network: { timeout: '30s', responseTimeout: '30s' },
      tls: { insecureSkipVerify: false },
    });
  });

  test('needs only the address and the template', () => {
    const { 'pki-api-url': url, 'pki-request-template': template } = vault;
    const block = blockOf({ 'pki-api-url': url ?? '', 'pki-request-template': template ?? '' });
    assert.deepEqual(block.response, { format: 'pem' });
    assert.equal(block.network, undefined);
    assert.equal(block.tls, undefined);
  });

  test('is not seen where there is none of its keys', () => {
    assert.equal(read({}), undefined);
    assert.equal(read({ 'pki-config': '{}', 'ca.crt': 'x' }), undefined);
    // As in ConfigMaps of the Go controller: it says what the issuer says.
    assert.equal(read({ 'signer-type': ' pki\n', 'pki-config.json': '{}' }), undefined);
  });

  const bodies: readonly (readonly [string, string, unknown])[] = [
    [
      'application/x-www-form-urlencoded',
      'Mode=newreq&CertRequest={{.CSR}}&CertAttrib=CertificateTemplate%3AWeb+Server&x={{.CommonName}}\n',
      {
        form: {
          Mode: 'newreq',
          CertRequest: '{{ csr.pem }}',
          CertAttrib: 'CertificateTemplate:Web Server',
          x: '{{ subject.commonName }}',
        },
      },
    ],
    ['application/pkcs10', '{{.CSR}}\n', { raw: '{{ csr.base64 }}', contentType: 'application/pkcs10' }],
    [
      'application/json; charset=utf-8',
      '[{"pem": "-----BEGIN CERTIFICATE REQUEST-----\\n{{.CSR}}\\n-----END CERTIFICATE REQUEST-----", "n": 1, "b": null}]',
      {
        json: [
          { pem: '-----BEGIN CERTIFICATE REQUEST-----\n{{ csr.base64 }}\n-----END CERTIFICATE REQUEST-----', n: 1, b: null },
        ],
        contentType: 'application/json; charset=utf-8',
      },
    ],
  ];
  for (const [contentType, template, body] of bodies) {
    test(`reads a template of ${contentType}`, () => {
      const block = blockOf({ ...vault, 'pki-api-content-type': contentType, 'pki-request-template': template });
      assert.deepEqual(block.steps, [{ name: 'sign', method: 'POST', body }]);
    });
  }

  test('keeps a member named __proto__ as data', () => {
    const block = blockOf({ ...vault, 'pki-request-template': '{"__proto__": {"csr": "{{.CSR}}"}}' });
    assert.match(JSON.stringify(block.steps), /"json":\{"__proto__":\{"csr":"\{\{ csr\.pem \}\}"\}\}/);
  });

  const paths: readonly (readonly [string, string])[] = [
    ['.data.certificate', 'data.certificate'],
    ['certificate', 'certificate'],
    ['{.data.certificate}', 'data.certificate'],
    ['.response.certificates[0].cert', 'response.certificates[0].cert'],
    ['.items[*].cert', '$.items[*].cert'],
    ['["the.name"].cert', '$["the.name"].cert'],
    ['..cert', '$..cert'],
    ['$.data.cert', '$.data.cert'],
    ['/data/cert', '/data/cert'],
  ];
  for (const [written, path] of paths) {
    test(`reads the path ${written} as ${path}`, () => {
      const { response } = blockOf({ ...vault, 'pki-response-cert-path': written, 'pki-response-ca-path': '' });
      assert.deepEqual(response, { format: 'json', certificateField: path });
    });
  }

  test('takes a duration as timeout too', () => {
    assert.deepEqual(blockOf({ ...vault, 'pki-timeout': '2m' }).network, { timeout: '2m', responseTimeout: '2m' });
  });

  const form = 'application/x-www-form-urlencoded';
  const refused: readonly (readonly [string, Texts, RegExp])[] = [
    ['another signer', { 'signer-type': 'mockca' }, /^signer-type: is "mockca", but spec\.signerType is pki/],
    ['a key of the mock CA', { 'mockca-cert-validity': '90d' }, /^mockca-cert-validity: belongs to signerType mockca/],
    ['a key that is almost right', { 'pki-api-uri': 'x' }, /^unknown key "pki-api-uri"; did you mean "pki-api-url"\?/],
    ['a key that is unknown', { profile: 'x' }, /^unknown key "profile"; known are signer-type, pki-api-url/],
    ['no address', { 'pki-api-url': ' ' }, /^pki-api-url: required/],
    [
      'plain text',
      { 'pki-api-url': 'http://a.example' },
      /^pki-api-url: http:.*; use https:.*, or write pki-config\.json, where/,
    ],
    ['no template', { 'pki-request-template': '' }, /^pki-request-template: required, .*\{\{\.CSR\}\}/],
    ['a method without a body', { 'pki-api-method': 'get' }, /^pki-api-method: is "GET"; .* POST, PUT, PATCH/],
    [
      'another content type',
      { 'pki-api-content-type': 'text/xml' },
      /^pki-api-content-type: is "text\/xml"; there are application\/json, /,
    ],
    [
      'JSON that is none',
      { 'pki-request-template': '{\n  "csr": {{.CSR}}\n}' },
      /^pki-request-template: is not JSON, at line 2, column 11: a placeholder must be inside/,
    ],
    [
      'a form that is none',
      { 'pki-api-content-type': form, 'pki-request-template': 'a=1&csr=%zz' },
      /is no form: in parameter 2 \("csr=%zz"\), %/,
    ],
    [
      'a parameter without a name',
      { 'pki-api-content-type': form, 'pki-request-template': 'a=1&=2' },
      /is no form: parameter 2 \("=2"\) has no name/,
    ],
    [
      'a form of two lines',
      { 'pki-api-content-type': form, 'pki-request-template': 'a=1\nb=2' },
      /is no form: in parameter 1 .*line break/,
    ],
    [
      'a parameter twice',
      { 'pki-api-content-type': form, 'pki-request-template': 'a=1&a={{.CSR}}' },
      /has parameter 2 .* twice/,
    ],
    ['no CSR', { 'pki-request-template': '{"cn": "{{.CommonName}}"}' }, /^pki-request-template: has no \{\{\.CSR\}\}/],
    ['no CSR in pkcs10', { 'pki-api-content-type': 'application/pkcs10', 'pki-request-template': 'x' }, /has no \{\{\.CSR\}\}/],
    [
      'an unknown placeholder',
      { 'pki-request-template': '{"a": {"b": ["{{.Csr}}"]}}' },
      /^pki-request-template: at a\.b\[0\]: \{\{\.Csr\}\} is not known; did you mean \{\{\.CSR\}\}\?/,
    ],
    [
      'a pipeline of Go',
      { 'pki-request-template': '{"a": "{{.CSR | b64enc}}"}' },
      /at a: "\{\{\.CSR \| b64enc\}\}" is not one of the placeholders/,
    ],
    [
      'a placeholder of another form',
      { 'pki-request-template': '{"a": "{{ secret.token }}{{.CSR}}"}' },
      /"\{\{ secret\.token \}\}" is not one/,
    ],
    ['a tag', { 'pki-request-template': '{"a": "{{.CSR}}{% if x %}"}' }, /at a: "\{% if x %\}" is not one/],
    ['three braces', { 'pki-request-template': '{"a": "{{{.CSR}}}"}' }, /at a: a placeholder has two braces/],
    [
      'a placeholder in a name',
      { 'pki-request-template': '{"{{.CSR}}": "{{.CSR}}"}' },
      /the name "\{\{\.CSR\}\}" holds a placeholder/,
    ],
    [
      'a CA without a certificate',
      { 'pki-response-cert-path': '' },
      /^pki-response-ca-path: is set, but pki-response-cert-path is not/,
    ],
    ['a path to nothing', { 'pki-response-cert-path': '.' }, /^pki-response-cert-path: "\." is no field/],
    [
      'a timeout that is none',
      { 'pki-timeout': 'soon' },
      /^pki-timeout: "soon" is not a duration; .* or as a number of seconds/,
    ],
    ['a switch that is none', { 'pki-skip-tls-verify': 'yes' }, /^pki-skip-tls-verify: is "yes"; write true or false/],
  ];
  for (const [what, texts, message] of refused) {
    test(`refuses ${what}`, () => {
      const block = read({ ...vault, ...texts });
      assert.ok(block?.ok === false);
      assert.match(block.error, message);
    });
  }

  test('says which keys are meant where a message names fields of the block', () => {
    assert.equal(
      explainFlatFields('pki.response.certificateField "a..b": no'),
      'pki.response.certificateField "a..b": no (the configuration was read from the pki-* keys: pki.response.certificateField is pki-response-cert-path)',
    );
    assert.equal(explainFlatFields('pki.auth: no'), 'pki.auth: no (the configuration was read from the pki-* keys)');
    assert.equal(explainFlatFields('the Secret is gone'), 'the Secret is gone');
  });

  test('refuses what is not text, and what is too large', () => {
    const address = new Map([['pki-api-url', new Uint8Array([0xff])]]);
    assert.match(JSON.stringify(readFlatPkiConfigMap(address)), /pki-api-url: is not UTF-8/);
    const large = new Map([['pki-request-template', new Uint8Array(70_000)]]);
    assert.match(JSON.stringify(readFlatPkiConfigMap(large)), /pki-request-template: is larger than 64 KiB/);
  });

  test('refuses a timeout that the block does not allow, by the field of the block', () => {
    const block = read({ ...vault, 'pki-timeout': '0' });
    assert.ok(block?.ok);
    const parsed = parseFields(pkiSchema, block.value, 'pki');
    assert.ok(!parsed.ok);
    assert.match(parsed.error.join(), /pki\.network\.responseTimeout: must be between 1s and 10m/);
  });
});
