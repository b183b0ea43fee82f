import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validatePkiConfig } from '../../../../../src/signers/http-pki/config/validate.ts';
import { certificatePem } from './support/certificate.ts';
import { least, parsePki, type Written } from './support/configs.ts';

const csrBody = { json: { csr: '{{ csr.pem }}' } };
const parameters = { getCSRParam: 'csr' };

const accepted: readonly (readonly [string, Written])[] = [
  ['the least', {}],
  ['parameters', { steps: undefined, parameters, method: 'GET' }],
  ['plain text where it is allowed', { baseUrl: 'http://pki.example.com', tls: { allowPlaintext: true } }],
  ['an address with the origin of baseUrl', { steps: [{ name: 'sign', url: 'https://pki.example.com:443/x', body: csrBody }] }],
  ['a bundle', { response: { caBundle: certificatePem } }],
];

const refused: readonly (readonly [string, Written, RegExp])[] = [
  ['nothing that sends the CSR', { steps: undefined }, /^pki\.steps: required/],
  ['parameters and steps', { parameters }, /^pki\.steps: .* exactly one/],
  ['method with steps', { method: 'POST' }, /^pki\.method: belongs to parameters/],
  [
    'two steps of one name',
    { steps: [{ name: 'a', body: csrBody }, { name: 'a' }] },
    /^pki\.steps\[1\]\.name: "a" is the name of steps\[0\]/,
  ],
  ['pollInterval alone', { pollInterval: '10s' }, /^pki\.pollInterval: means nothing without pending/],
  ['pollDeadline alone', { pollDeadline: '1h' }, /^pki\.pollDeadline: means nothing without pending/],
  [
    'a pending rule alone',
    { rules: [{ when: 'true', outcome: 'pending' }] },
    /^pki\.rules\[0\]\.outcome: is pending, but pki\.pending/,
  ],
  ['caUrl and caBundle', { response: { caUrl: '/ca', caBundle: certificatePem } }, /^pki\.response\.caUrl: caBundle already/],
  ['a bundle without a certificate', { response: { caBundle: 'x' } }, /^pki\.response\.caBundle: holds no certificate/],
  [
    'a bundle that is cut',
    { response: { caBundle: certificatePem.slice(0, 200) } },
    /^pki\.response\.caBundle: the block CERTIFICATE/,
  ],
  [
    'a bundle with a broken certificate',
    { response: { caBundle: '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----' } },
    /^pki\.response\.caBundle: certificate 1 cannot be read/,
  ],
  ['plain text', { baseUrl: 'http://a.example' }, /^pki\.baseUrl: http:\/\/ .* tls\.allowPlaintext/],
  ['plain text as backup', { backupUrl: 'http://a.example' }, /^pki\.backupUrl: http:\/\//],
  [
    'plain text to the token endpoint',
    { auth: { type: 'oauth2', oauth2: { tokenUrl: 'http://a.example' } } },
    /^pki\.auth\.oauth2\.tokenUrl: http:\/\//,
  ],
  ['a user in the address', { baseUrl: 'https://u:p@a.example' }, /^pki\.baseUrl: holds a user or a password/],
  ['a fragment', { baseUrl: 'https://a.example/#x' }, /^pki\.baseUrl: a fragment/],
  ['no address', { baseUrl: 'https://a:b:c' }, /^pki\.baseUrl: is not an address/],
  ['a backup that is none', { backupUrl: 'https://pki.example.com:443/api' }, /^pki\.backupUrl: is the same as baseUrl/],
  [
    'another origin',
    { steps: [{ name: 's', url: 'https://b.example/x', body: csrBody }] },
    /^pki\.steps\[0\]\.url: has another origin/,
  ],
  [
    'another origin for the CA',
    { response: { caUrl: 'http://pki.example.com/ca' } },
    /^pki\.response\.caUrl: has another origin/,
  ],
  [
    'an address beside a backup',
    { backupUrl: 'https://b.example', check: { url: 'https://pki.example.com/x' } },
    /^pki\.check\.url: is an address, which backupUrl/,
  ],
  [
    'two sources of roots',
    { tls: { caSecretRef: { name: 'a' }, caConfigMapRef: { name: 'a' } } },
    /^pki\.tls\.caConfigMapRef: set only one/,
  ],
  [
    'roots that are not looked at',
    { tls: { caConfigMapRef: { name: 'a' }, insecureSkipVerify: true } },
    /^pki\.tls\.caConfigMapRef: means nothing with insecureSkipVerify/,
  ],
  ['plain text that is not used', { tls: { allowPlaintext: true } }, /^pki\.tls\.allowPlaintext: no address here/],
  [
    'TLS without TLS',
    { baseUrl: 'http://a', tls: { allowPlaintext: true, minVersion: 'TLSv1.3', serverName: 'b' } },
    /^pki\.tls\.serverName: means nothing.*pki\.tls\.minVersion: means nothing/,
  ],
  [
    'a part longer than the whole',
    { network: { timeout: '5s', responseTimeout: '6s' } },
    /^pki\.network\.responseTimeout: is longer than timeout \(5s\)/,
  ],
  ['a type without its block', { auth: { type: 'jwt' } }, /^pki\.auth\.jwt: required/],
  [
    'a block of another type',
    { auth: { type: 'bearer', hmac: {} } },
    /^pki\.auth\.hmac: belongs to type hmac, and type is bearer/,
  ],
  [
    'a place for nothing',
    { auth: { in: 'query', name: 'key' } },
    /^pki\.auth\.in: means nothing where type is none.*pki\.auth\.name/,
  ],
  [
    'a place for what the Secret decides',
    { auth: { type: 'auto', headerName: 'X-Key' } },
    /^pki\.auth\.headerName: means nothing where type is auto/,
  ],
  [
    'a key id without a key',
    { auth: { type: 'oauth2', oauth2: { tokenUrl: 'https://a', keyId: 'x' } } },
    /^pki\.auth\.oauth2\.keyId: is for clientAuthentication/,
  ],
  [
    'a header that the credential takes',
    { auth: { type: 'bearer' }, check: { headers: { Authorization: 'x' } } },
    /^pki\.check\.headers\.Authorization: is where pki\.auth/,
  ],
  [
    'a header that the key takes',
    { auth: { type: 'apiKey' }, check: { headers: { 'x-api-key': 'x' } } },
    /^pki\.check\.headers\.x-api-key: is where/,
  ],
  [
    'a parameter that the credential takes',
    { auth: { type: 'apiKey', in: 'query', name: 'key' }, check: { query: { key: 'x' } } },
    /^pki\.check\.query\.key: is where pki\.auth/,
  ],
];

describe('a configuration', () => {
  for (const [what, patch] of accepted) {
    test(`is accepted with ${what}`, () => {
      assert.deepEqual(validatePkiConfig(parsePki({ ...least, ...patch })), { ok: true, value: undefined });
    });
  }

  for (const [what, patch, message] of refused) {
    test(`is refused with ${what}`, () => {
      const result = validatePkiConfig(parsePki({ ...least, ...patch }));
      assert.ok(!result.ok);
      assert.match(result.error, message);
    });
  }
});
