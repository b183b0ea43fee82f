import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextOf, failureOf, opened, problemOf, scripted, valuesOf, type Reply } from './support/auth-world.ts';

const data = { role_id: 'role-1', secret_id: 'hunter2\n' };
const appRole = {
  url: '/v1/auth/approle/login',
  body: { json: { role_id: '{{ secret.role_id }}', secret_id: '{{ secret.secret_id }}' } },
  token: 'auth.client_token',
  lifetime: 'auth.lease_duration',
};
const vault = { type: 'login', headerName: 'X-Vault-Token' };
const answer = (token: unknown, lease?: unknown): Reply => ({ json: { auth: { client_token: token, lease_duration: lease } } });
const values = valuesOf('a.example', data);

describe('a login fails', () => {
  const cases: readonly (readonly [string, Reply, string, string, RegExp])[] = [
    [
      'where it is refused',
      { status: 400, json: { errors: ['invalid role or secret ID', 'hunter2'] } },
      'issuer-broken',
      'CAAuthRefused',
      /^The login \(pki\.auth\.login\) at ca\.example answered 400: invalid role or secret ID: \*\*\*\. Correct/,
    ],
    [
      'where the CA is sealed',
      { status: 503, json: { errors: ['Vault is sealed'] } },
      'retry',
      'CAUnavailable',
      /Vault is sealed\.$/,
    ],
    [
      'where the answer has no token',
      { json: { auth: null } },
      'issuer-broken',
      'CAResponseInvalid',
      /^pki\.auth\.login\.token: the answer of the login.*has no token there; correct the path/,
    ],
    [
      'where the token is a mapping',
      answer({}),
      'issuer-broken',
      'CAResponseInvalid',
      /^pki\.auth\.login\.token: .*something else than a text/,
    ],
    [
      'where the lifetime is missing',
      { json: { auth: { client_token: 'hunter3' } } },
      'issuer-broken',
      'CAResponseInvalid',
      /^pki\.auth\.login\.lifetime: .*no number of seconds/,
    ],
    [
      'where the lifetime is no number',
      answer('hunter3', 'long'),
      'issuer-broken',
      'CAResponseInvalid',
      /^pki\.auth\.login\.lifetime/,
    ],
    [
      'where the lifetime is negative',
      answer('hunter3', -1),
      'issuer-broken',
      'CAResponseInvalid',
      /^pki\.auth\.login\.lifetime/,
    ],
  ];
  for (const [name, reply, outcome, code, message] of cases) {
    test(name, async () => {
      const failure = await failureOf(opened({ ...vault, login: appRole }, { data }), values, contextOf(scripted(reply)));
      assert.deepEqual([failure.outcome, failure.code], [outcome, code]);
      assert.match(failure.message, message);
      assert.doesNotMatch(failure.message, /hunter/);
    });
  }

  test('for a request that lacks what its templates use', async () => {
    const login = { ...appRole, headers: { 'X-Team': '{{ request.annotations.team }}' } };
    const failure = await failureOf(opened({ ...vault, login }, { data }), values, contextOf(scripted(answer('t', 600))));
    assert.deepEqual([failure.outcome, failure.code], ['failed', 'RequestIncomplete']);
    assert.match(failure.message, /^pki\.auth\.login\.headers\.x-team: .*annotation "team"/);
  });

  const refused: readonly (readonly [string, object, object, string, RegExp])[] = [
    [
      'for a key of the Secret that is missing',
      appRole,
      { data: { role_id: 'x' } },
      'AuthError',
      /the template in pki\.auth\.login needs key secret_id, which Secret "pki-auth" in namespace "pki" has not; it has role_id/,
    ],
    ['without a Secret', appRole, {}, 'AuthError', /the template in pki\.auth\.login needs a Secret with key role_id/],
    [
      'for a key that the reference names',
      appRole,
      { data, secretKey: 'role_id' },
      'ConfigError',
      /pki\.auth\.type: is login, so the key "role_id"/,
    ],
    ['for a bad path to the token', { ...appRole, token: '$.[' }, { data }, 'ConfigError', /^pki\.auth\.login\.token/],
    ['for a bad path to the lifetime', { ...appRole, lifetime: '$.[' }, { data }, 'ConfigError', /^pki\.auth\.login\.lifetime/],
    ['for an unknown placeholder', { ...appRole, url: '/{{ nothing }}' }, { data }, 'ConfigError', /^pki\.auth\.login\.url/],
  ];
  for (const [name, login, options, code, message] of refused) {
    test(`to open ${name}`, () => {
      const problem = problemOf({ ...vault, login }, options);
      assert.equal(problem.code, code);
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /hunter/);
    });
  }
});
