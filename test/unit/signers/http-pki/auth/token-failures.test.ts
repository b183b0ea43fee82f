import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpFailureCode } from '../../../../../src/signers/network/exchange.ts';
import { contextOf, failureOf, opened, prepared, scripted, valuesOf, type Reply } from './support/auth-world.ts';

const secret = 'hunter2"\\ä';
const data = { 'client-id': 'me', 'client-secret': secret };
const written = { type: 'oauth2', oauth2: { tokenUrl: 'https://login.example/t?key=hidden' } };

const failing = async (...replies: readonly Reply[]) =>
  await failureOf(opened(written, { data }), valuesOf(), contextOf(scripted(...replies)));

const network = (code: HttpFailureCode): Reply => ({ code, message: `no answer: ${code}`, sent: false });

describe('a token endpoint that', () => {
  const cases: readonly (readonly [string, Reply, string, string, RegExp])[] = [
    [
      'refuses the client',
      { status: 401, json: { error: 'invalid_client', error_description: 'Unknown\tclient\u202e!' } },
      'issuer-broken',
      'CAAuthRefused',
      /^The token endpoint at login\.example answered 401: invalid_client: Unknown client\\u202e! Correct the credential/,
    ],
    [
      'refuses the request',
      { status: 400, json: { error: 'invalid_scope' } },
      'issuer-broken',
      'CAAuthRefused',
      /answered 400: invalid_scope\. Correct/,
    ],
    ['forbids it', { status: 403, json: {} }, 'issuer-broken', 'CAAuthRefused', /answered 403\. Correct/],
    [
      'is not there',
      { status: 404, json: '<html>' },
      'issuer-broken',
      'CAResponseInvalid',
      /answered 404\. Correct pki\.auth\.oauth2\.tokenUrl/,
    ],
    ['is overloaded', { status: 503, json: { message: 'try later.' } }, 'retry', 'CAUnavailable', /answered 503: try later\.$/],
    ['throttles', { status: 429, json: {}, headers: { 'retry-after': '7' } }, 'retry', 'CAUnavailable', /answered 429\.$/],
    ['times out', { status: 408, json: {} }, 'retry', 'CAUnavailable', /answered 408/],
    ['cannot be reached', network('CAUnreachable'), 'retry', 'CAUnreachable', /no answer/],
    ['does not answer', network('CATimeout'), 'retry', 'CATimeout', /no answer/],
    ['is not believed', network('TLSFailed'), 'retry', 'TLSFailed', /no answer/],
    ['has a forbidden address', network('AddressRefused'), 'issuer-broken', 'AddressRefused', /no answer/],
    [
      'answers with a page',
      { json: '<html>hunter2' },
      'issuer-broken',
      'CAResponseInvalid',
      /tokenUrl: the answer of the token endpoint at login\.example/,
    ],
    [
      'answers without a token',
      { json: { token: secret } },
      'issuer-broken',
      'CAResponseInvalid',
      /access_token: it has no token there/,
    ],
    [
      'answers with a number',
      { json: { access_token: 5 } },
      'issuer-broken',
      'CAResponseInvalid',
      /has something else than a text/,
    ],
    [
      'answers with lines',
      { json: { access_token: `${secret}\nX: y` } },
      'issuer-broken',
      'CAResponseInvalid',
      /has a text there that is no token/,
    ],
    [
      'answers with a huge token',
      { json: { access_token: 'x'.repeat(40_000) } },
      'issuer-broken',
      'CAResponseInvalid',
      /a token of more than 32768/,
    ],
    [
      'gives tokens of another type',
      { json: { access_token: 'x', token_type: 'DPoP' } },
      'issuer-broken',
      'CAResponseInvalid',
      /token_type that is not Bearer/,
    ],
  ];
  for (const [name, reply, outcome, code, message] of cases) {
    test(`${name} is ${outcome}, ${code}`, async () => {
      const failure = await failing(reply);
      assert.deepEqual([failure.outcome, failure.code], [outcome, code]);
      assert.match(failure.message, message);
      assert.doesNotMatch(failure.message, /hunter2|hidden/);
    });
  }

  test('names a time is asked again no sooner', async () => {
    const failure = await failing({ status: 503, json: {}, headers: { 'retry-after': '7' } });
    assert.ok(failure.outcome === 'retry');
    assert.equal(failure.afterMs, 7000);
  });

  test('repeats the secret in any form is not quoted with it', async () => {
    const encoded = Buffer.from(`me:${encodeURIComponent(secret)}`).toString('base64');
    const forms = [secret, JSON.stringify(secret), encodeURIComponent(secret), encoded, `-----${'A'.repeat(80)}-----`];
    for (const form of forms) {
      const { message } = await failing({ status: 401, json: { error: `bad secret ${form} given`, errors: [form, 5] } });
      assert.match(message, /bad secret .*(\*\*\*|…).* given/);
      assert.doesNotMatch(message, /hunter2|aHVudGVy|AAAA/);
      assert.ok(!message.includes(encoded));
    }
  });

  test('says a great deal is cut at 200 characters', async () => {
    const { message } = await failing({ status: 401, json: { error_description: 'why '.repeat(5000) } });
    assert.match(message, /why wh?y?…\. Correct/);
    assert.ok(message.length < 400);
  });

  test('has failed is asked again by the next attempt', async () => {
    const client = scripted({ status: 500, json: {} }, { json: { access_token: 'tok' } });
    const auth = opened(written, { data });
    assert.equal((await failureOf(auth, valuesOf(), contextOf(client))).code, 'CAUnavailable');
    assert.equal((await prepared(auth, valuesOf(), contextOf(client))).values['token'], 'tok');
  });
});
