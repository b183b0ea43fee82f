import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validatePkiConfig } from '../../../../../src/signers/http-pki/config/validate.ts';
import { least, parsePki, type Written } from './support/configs.ts';

const csrBody = { json: { csr: '{{ csr.pem }}' } };
const poll = { url: '/requests/{{ id }}' };
const pending = { id: 'id', poll };

const accepted: readonly (readonly [string, Written])[] = [
  [
    'a CSR in a placeholder that is not closed: the compiler says so, with the place',
    { steps: [{ name: 's', body: { json: { csr: '{{ csr.pem }' } } }] },
  ],
  [
    'two steps, the second with what the first extracted',
    {
      steps: [
        { name: 'submit', body: csrBody, extract: { id: 'id', link: 'link' } },
        { name: 'approve', url: '{{ steps.submit.link }}', body: { form: { id: '{{ steps["submit"].id }}' } } },
      ],
    },
  ],
  [
    'a loop over what a step extracted',
    {
      steps: [
        { name: 'a', body: csrBody, extract: { ids: 'ids' } },
        { name: 'b', body: { raw: '{% for x in steps.a.ids %}{{ x }}{% endfor %}' } },
      ],
    },
  ],
  ['a pending CA', { pending, pollInterval: '10s', rules: [{ when: 'status == 201', outcome: 'pending' }] }],
  ['a poll by the CSR', { pending: { id: 'id', poll: { body: csrBody } } }],
  [
    'an id that is put together',
    { steps: [{ name: 'a', body: csrBody, extract: { dn: 'dn' } }], pending: { id: '{{ steps.a.dn }}', poll } },
  ],
  ['a revocation', { revoke: { url: '/revoke/{{ serial.hex }}', body: { form: { key: '{{ secret.key }}' } } } }],
  [
    'a JWT that carries the CSR',
    { steps: [{ name: 'sign', method: 'POST' }], auth: { type: 'jwt', jwt: { claims: { csr: '{{ csr.pem }}' } } } },
  ],
  [
    'a signed payload that carries the CSR',
    {
      steps: [{ name: 'sign', body: { json: { token: '{{ auth.signature }}', request: '{{ auth.payload }}' } } }],
      auth: { type: 'hmac', hmac: { payload: { certificate_request: '{{ csr.pem }}' } } },
    },
  ],
  [
    'a login',
    {
      auth: {
        type: 'login',
        headerName: 'X-Vault-Token',
        login: {
          url: '/login',
          body: { json: { jwt: '{{ auth.serviceAccountToken }}' } },
          token: 'auth.client_token',
          serviceAccountRef: { name: 'vault-issuer' },
        },
      },
    },
  ],
  [
    'allowed annotations and labels',
    {
      allowedAnnotations: ['example.com/team'],
      allowedLabels: ['app'],
      steps: [
        {
          name: 's',
          body: {
            json: {
              csr: '{{ csr.pem }}',
              team: '{{ request.annotations["example.com/team"] }}',
              app: '{{ request.labels.app }}',
            },
          },
        },
      ],
    },
  ],
  ['a template that does not parse, which is for the compiler to say', { check: { url: '/{{ }}' } }],
  ['a CSR with functions behind it', { steps: [{ name: 's', body: { form: { csr: '{{ csr.pem | base64 | optional }}' } } }] }],
];

const refused: readonly (readonly [string, Written, RegExp])[] = [
  [
    'a CSR that is not sent',
    { steps: [{ name: 's', body: { json: { cn: '{{ subject.commonName }}' } } }] },
    /^pki\.steps: no step sends the CSR/,
  ],
  ['no step with a body', { steps: [{ name: 's' }] }, /^pki\.steps: no step sends the CSR/],
  [
    'a login about a request',
    { auth: { type: 'login', login: { body: csrBody, token: 't' } } },
    /^pki\.auth\.login\.body\.json\.csr: \{\{ csr \}\} is not known here/,
  ],
  [
    'a step that comes later',
    {
      steps: [
        { name: 'a', body: { raw: '{{ csr.pem }}{{ steps.b.id }}' } },
        { name: 'b', extract: { id: 'id' } },
      ],
    },
    /^pki\.steps\[0\]\.body\.raw: \{\{ steps\.b \}\} is no step before this one; those are: none/,
  ],
  [
    'a value that is not extracted',
    {
      steps: [
        { name: 'a', body: csrBody },
        { name: 'b', url: '/{{ steps.a.id }}' },
      ],
    },
    /^pki\.steps\[1\]\.url: step a does not extract "id"/,
  ],
  [
    'a value that nothing uses',
    { steps: [{ name: 'a', body: csrBody, extract: { id: 'id' } }] },
    /^pki\.steps\[0\]\.extract\.id: nothing uses it/,
  ],
  [
    'an extracted value after a wait',
    {
      steps: [{ name: 'a', body: csrBody, extract: { id: 'id' } }],
      pending: { id: 'id', poll: { url: '/{{ steps.a.id }}/{{ id }}' } },
    },
    /^pki\.pending\.poll\.url: \{\{ steps \}\} is not known here: .*use \{\{ id \}\}/,
  ],
  [
    'an id before there is one',
    { steps: [{ name: 'a', url: '/{{ id }}/x', body: csrBody }] },
    /^pki\.steps\[0\]\.url: \{\{ id \}\} is known only/,
  ],
  ['a serial of nothing', { check: { url: '/x/{{ serial.hex }}' } }, /^pki\.check\.url: \{\{ serial \}\} is known only where/],
  [
    'a check about a request',
    { check: { url: '/x/{{ subject.commonName }}' } },
    /^pki\.check\.url: \{\{ subject \}\} is not known here: this is asked for all/,
  ],
  [
    'a CA address about a request',
    { response: { caUrl: '/x/{{ request.namespace }}' } },
    /^pki\.response\.caUrl: \{\{ request \}\} is not known here/,
  ],
  [
    'a poll for no request',
    { pending: { id: 'id', poll: { url: '/next' } } },
    /^pki\.pending\.poll: does not say which request/,
  ],
  [
    'a download of no request',
    { pending: { ...pending, download: { url: '/file' } } },
    /^pki\.pending\.download: does not say which request/,
  ],
  ['a revocation of nothing', { revoke: { url: '/revoke' } }, /^pki\.revoke: does not say which certificate/],
  [
    'an annotation that is not allowed',
    { steps: [{ name: 's', url: '/{{ request.annotations.team }}', body: csrBody }] },
    /^pki\.steps\[0\]\.url: annotation "team" is not in pki\.allowedAnnotations/,
  ],
  ['a label that nothing uses', { allowedLabels: ['app'] }, /^pki\.allowedLabels: no template uses "app"/],
  [
    'a token of no credential',
    { check: { headers: { 'X-Token': '{{ auth.token }}' } } },
    /^pki\.check\.headers\.X-Token: \{\{ auth\.token \}\} is not known here: with auth\.type none/,
  ],
  [
    'a signature of the body in the body',
    {
      auth: { type: 'hmac', hmac: {} },
      steps: [{ name: 's', body: { json: { csr: '{{ csr.pem }}', s: '{{ auth.signature }}' } } }],
    },
    /body\.json\.s: \{\{ auth\.signature \}\} is not known here/,
  ],
  [
    'a credential that goes nowhere',
    { auth: { type: 'bearer', in: 'template' } },
    /^pki\.auth\.in: is template, but no request has \{\{ auth\.token \}\}/,
  ],
  [
    'a payload that goes nowhere',
    { auth: { type: 'hmac', hmac: { payload: { a: 1 } } } },
    /^pki\.auth\.hmac\.payload: no request has \{\{ auth\.payload \}\}/,
  ],
  [
    'a service account that goes nowhere',
    { auth: { type: 'login', login: { token: 't', serviceAccountRef: { name: 'a' } } } },
    /^pki\.auth\.login\.serviceAccountRef: the login has no/,
  ],
];

describe('the names that templates use', () => {
  for (const [what, patch] of accepted) {
    test(`are accepted with ${what}`, () => {
      assert.deepEqual(validatePkiConfig(parsePki({ ...least, ...patch })), { ok: true, value: undefined });
    });
  }

  for (const [what, patch, message] of refused) {
    test(`are refused with ${what}`, () => {
      const result = validatePkiConfig(parsePki({ ...least, ...patch }));
      assert.ok(!result.ok);
      assert.match(result.error, message);
    });
  }

  test('give at most five problems', () => {
    const allowedLabels = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const result = validatePkiConfig(parsePki({ ...least, allowedLabels }));
    assert.ok(!result.ok);
    assert.equal(result.error.split('; ').filter((problem) => problem.startsWith('pki.')).length, 5);
  });
});
