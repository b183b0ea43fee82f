import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { jwtVerify } from 'jose';
import { createFakeClock } from '../../../kube/support/fake-clock.ts';
import { client as networkClient } from '../../network/support/client.ts';
import { httpServer } from '../../network/support/servers.ts';
import { applied, contextOf, opened, prepared, problemOf, requestOf, scripted, valuesOf } from './support/auth-world.ts';
import { keys } from './support/jwt-keys.ts';

const tokenUrl = 'https://login.example/oauth2/token';
const data = { 'client-id': 'me:1', 'client-secret': 's3 +ä:\n' };
const token = { json: { access_token: 'tok-1', token_type: 'Bearer', expires_in: 100 } };
const later = { json: { access_token: 'tok-2', token_type: 'bearer', expires_in: '100' } };
const formOf = (body: string): Record<string, string> => Object.fromEntries(new URLSearchParams(body));

describe('the client credentials grant', () => {
  test('is asked for over HTTP, and the token goes where the issuer wants it', async (t) => {
    let asked: { readonly request: IncomingMessage; readonly body: string } | undefined;
    const server = await httpServer(t, (request, response) => {
      void text(request).then((body) => {
        asked = { request, body };
        response.setHeader('content-type', 'application/json;charset=UTF-8').end(JSON.stringify(token.json));
      });
    });
    const oauth2 = {
      tokenUrl: `http://127.0.0.1:${server.port}/t?x=1`,
      scopes: ['sign', 'read'],
      audience: 'https://ca.example',
      parameters: { resource: 'urn:{{ issuer.name }}' },
    };
    const auth = opened({ type: 'oauth2', oauth2 }, { data });
    const credentials = await prepared(auth, valuesOf(), contextOf(networkClient(t)));
    assert.equal(asked?.request.method, 'POST');
    assert.equal(asked?.request.url, '/t?x=1');
    assert.equal(asked?.request.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(asked?.request.headers.accept, 'application/json');
    // RFC 6749 section 2.3.1: both are form-encoded first.
    const basic = Buffer.from('me%3A1:s3+%2B%C3%A4%3A').toString('base64');
    assert.equal(asked?.request.headers.authorization, `Basic ${basic}`);
    assert.deepEqual(formOf(asked?.body ?? ''), {
      grant_type: 'client_credentials',
      scope: 'sign read',
      audience: 'https://ca.example',
      resource: 'urn:demo',
    });
    assert.deepEqual(credentials.values, { token: 'tok-1' });
    assert.equal(applied(credentials).headers.get('authorization'), 'Bearer tok-1');
    assert.deepEqual(auth.secrets().toSorted(), [basic, 's3 +ä:', 'tok-1']);
    assert.equal(applied(auth.preview(valuesOf())).headers.get('authorization'), 'Bearer ***');
  });

  test('shows the secret in the body where that is wished', async () => {
    const client = scripted(token);
    const oauth2 = { tokenUrl, clientId: 'mine', clientAuthentication: 'client_secret_post' };
    const auth = opened({ type: 'oauth2', oauth2 }, { data: { pin: 'p&q' }, secretKey: 'pin' });
    await prepared(auth, valuesOf(), contextOf(client));
    assert.equal(client.sent[0]?.headers.has('authorization'), false);
    assert.deepEqual(formOf(String(client.sent[0]?.body)), {
      grant_type: 'client_credentials',
      client_id: 'mine',
      client_secret: 'p&q',
    });
  });

  test('shows a JWT that its private key signed, a new one each time', async () => {
    const clock = createFakeClock();
    const client = scripted(token, later);
    const oauth2 = { tokenUrl, clientId: 'me', clientAuthentication: 'private_key_jwt', keyId: 'k1' };
    const auth = opened({ type: 'oauth2', oauth2 }, { data: { 'private-key': keys.p384 }, clock });
    await prepared(auth, valuesOf(), contextOf(client));
    await clock.advance(90_000);
    await prepared(auth, valuesOf(), contextOf(client));
    const ids: unknown[] = [];
    for (const { body } of client.sent) {
      const form = formOf(String(body));
      assert.deepEqual(Object.keys(form), ['grant_type', 'client_id', 'client_assertion_type', 'client_assertion']);
      assert.equal(form['client_assertion_type'], 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      const at = { currentDate: new Date(clock.now()), issuer: 'me', subject: 'me', audience: tokenUrl };
      const { payload, protectedHeader } = await jwtVerify(form['client_assertion'] ?? '', createPublicKey(keys.p384), at);
      assert.deepEqual(protectedHeader, { alg: 'ES384', typ: 'JWT', kid: 'k1' });
      assert.equal(Number(payload.exp) - Number(payload.iat), 300);
      ids.push(payload.jti);
    }
    assert.deepEqual(ids, ['uuid-1', 'uuid-2']);
  });

  test('is asked for once for all attempts, and again shortly before the token ends', async () => {
    const clock = createFakeClock();
    const client = scripted(token, later);
    const auth = opened(
      { type: 'oauth2', oauth2: { tokenUrl, parameters: { at: '{{ now.unix }} {{ uuid }}' } } },
      { data, clock },
    );
    const tokenNow = async (): Promise<string | undefined> => {
      const values = {
        ...valuesOf(),
        uuid: `${clock.now()}`,
        now: { rfc3339: '', unix: clock.now() / 1000, unixMs: clock.now() },
      };
      return (await prepared(auth, values, contextOf(client))).values['token'];
    };
    assert.deepEqual(await Promise.all([tokenNow(), tokenNow(), tokenNow()]), ['tok-1', 'tok-1', 'tok-1']);
    await clock.advance(79_999);
    assert.equal(await tokenNow(), 'tok-1');
    await clock.advance(1);
    assert.equal(await tokenNow(), 'tok-2');
    assert.equal(client.sent.length, 2);
  });

  test('gives requests whose parameters differ tokens of their own', async () => {
    const client = scripted(token, later);
    const oauth2 = { tokenUrl, parameters: { for: '{{ subject.commonName }}' } };
    const auth = opened({ type: 'oauth2', oauth2 }, { data });
    const tokens: unknown[] = [];
    for (const name of ['a', 'b', 'a']) {
      tokens.push((await prepared(auth, valuesOf(name), contextOf(client))).values['token']);
    }
    assert.deepEqual(tokens, ['tok-1', 'tok-2', 'tok-1']);
  });

  test('is asked for again once a token is refused, and by all who had it', async () => {
    const client = scripted(token, later);
    const auth = opened({ type: 'oauth2', in: 'query', name: 't', oauth2: { tokenUrl } }, { data });
    const [a, b] = [await prepared(auth, valuesOf(), contextOf(client)), await prepared(auth, valuesOf(), contextOf(client))];
    assert.equal(auth.refused(a), true);
    const renewed = await prepared(auth, valuesOf(), contextOf(client));
    assert.equal(applied(renewed, requestOf()).url.search, '?t=tok-2');
    assert.equal(auth.refused(b), true, 'another attempt has the new token');
    assert.equal((await prepared(auth, valuesOf(), contextOf(client))).values['token'], 'tok-2');
    assert.equal(client.sent.length, 2);
    assert.equal(auth.refused(auth.preview(valuesOf())), false);
  });

  test('keeps a token for five minutes where the server does not say for how long it is good', async () => {
    const clock = createFakeClock();
    const client = scripted({ json: { access_token: 'tok-1' } }, later);
    const auth = opened({ type: 'oauth2', oauth2: { tokenUrl } }, { data, clock });
    await prepared(auth, valuesOf(), contextOf(client));
    await clock.advance(269_999);
    await prepared(auth, valuesOf(), contextOf(client));
    assert.equal(client.sent.length, 1);
    await clock.advance(1);
    await prepared(auth, valuesOf(), contextOf(client));
    assert.equal(client.sent.length, 2);
  });
});

describe('the client credentials grant is refused', () => {
  const cases: readonly (readonly [string, object, Record<string, string>, string, RegExp])[] = [
    [
      'without a client id',
      {},
      { 'client-secret': 's3' },
      'AuthError',
      /pki\.auth\.oauth2 without clientId needs key client-id, which Secret "pki-auth" in namespace "pki"/,
    ],
    [
      'without a client secret',
      {},
      { 'client-id': 'x' },
      'AuthError',
      /client_secret_basic needs key client-secret.*it has client-id/,
    ],
    [
      'without a private key',
      { clientAuthentication: 'private_key_jwt' },
      { 'client-id': 'x' },
      'AuthError',
      /private_key_jwt needs one of the keys private-key, tls\.key/,
    ],
    [
      'for an address that is none',
      { tokenUrl: 'https://[' },
      data,
      'ConfigError',
      /pki\.auth\.oauth2\.tokenUrl: is not an address/,
    ],
    [
      'for an address with a password',
      { tokenUrl: 'https://u:s3@login.example' },
      data,
      'ConfigError',
      /tokenUrl: holds a user or a password/,
    ],
    [
      'for a parameter that is there already',
      { parameters: { grant_type: 'password' } },
      data,
      'ConfigError',
      /parameters\.grant_type: the request has this parameter by itself/,
    ],
    ['for two scopes', { scopes: ['a'], parameters: { scope: 'b' } }, data, 'ConfigError', /parameters\.scope/],
    [
      'for a placeholder that is unknown',
      { parameters: { a: '{{ b }}' } },
      data,
      'ConfigError',
      /pki\.auth\.oauth2\.parameters\.a/,
    ],
    [
      'for a key of the Secret that is missing',
      { parameters: { a: '{{ secret["x.y"] }}' } },
      data,
      'AuthError',
      /needs key x\.y, which Secret/,
    ],
  ];
  for (const [name, oauth2, secret, code, message] of cases) {
    test(name, () => {
      const problem = problemOf({ type: 'oauth2', oauth2: { tokenUrl, ...oauth2 } }, { data: secret });
      assert.equal(problem.code, code);
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /s3/);
    });
  }
});
