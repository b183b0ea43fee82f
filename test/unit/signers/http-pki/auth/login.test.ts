import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RequestServiceAccountToken } from '../../../../../src/signers/signer.ts';
import { createFakeClock } from '../../../kube/support/fake-clock.ts';
import {
  applied,
  contextOf,
  failureOf,
  opened,
  prepared,
  problemOf,
  requestOf,
  scripted,
  valuesOf,
  type Reply,
} from './support/auth-world.ts';

const data = { role_id: 'role-1', secret_id: 'hunter2\n' };
const appRole = {
  url: '/v1/auth/approle/login',
  body: { json: { role_id: '{{ secret.role_id }}', secret_id: '{{ secret.secret_id }}' } },
  token: 'auth.client_token',
  lifetime: 'auth.lease_duration',
};
const kubernetes = {
  url: '/v1/auth/kubernetes/login',
  body: { json: { role: 'issuer', jwt: '{{ auth.serviceAccountToken }}' } },
  token: 'auth.client_token',
};
const vault = { type: 'login', headerName: 'X-Vault-Token' };
const answer = (token: unknown, lease?: unknown): Reply => ({ json: { auth: { client_token: token, lease_duration: lease } } });
const values = valuesOf('a.example', data);

describe('a login', () => {
  test('to Vault by AppRole gives the token of later requests', async () => {
    const client = scripted(answer('hvs.1', 600));
    const auth = opened({ ...vault, login: appRole }, { data });
    const credentials = await prepared(auth, values, contextOf(client));
    const [sent] = client.sent;
    assert.deepEqual([sent?.method, sent?.url.href], ['POST', 'https://ca.example/api/v1/auth/approle/login']);
    assert.equal(sent?.headers.get('content-type'), 'application/json');
    assert.deepEqual(JSON.parse(String(sent?.body)), { role_id: 'role-1', secret_id: 'hunter2' });
    const request = applied(credentials, requestOf('{}', 'application/json'));
    assert.deepEqual([...request.headers].at(-1), ['x-vault-token', 'hvs.1']);
    assert.deepEqual(credentials.values, { token: 'hvs.1' });
    assert.deepEqual(auth.secrets().toSorted(), ['hunter2', 'hvs.1', 'role-1']);
  });

  test('that names no header gives a bearer token', async () => {
    const auth = opened({ type: 'login', login: { ...appRole, lifetime: undefined } }, { data });
    const credentials = await prepared(auth, values, contextOf(scripted(answer('t'))));
    assert.equal(applied(credentials).headers.get('authorization'), 'Bearer t');
    assert.equal(applied(auth.preview(values)).headers.get('authorization'), 'Bearer ***');
  });

  const lifetimes: readonly (readonly [string, object, Reply, number])[] = [
    ['for 80 % of the lifetime that the answer gives', appRole, answer('t', 100), 80_000],
    ['until half a minute before its end', appRole, answer('t', '600'), 570_000],
    ['for five minutes where it does not end', appRole, answer('t', 0), 270_000],
    ['for five minutes where no lifetime is configured', { ...appRole, lifetime: undefined }, answer('t', 5), 270_000],
  ];
  for (const [name, login, reply, keptMs] of lifetimes) {
    test(`is kept ${name}`, async () => {
      const clock = createFakeClock();
      const client = scripted(reply);
      const auth = opened({ ...vault, login }, { data, clock });
      await prepared(auth, values, contextOf(client));
      await clock.advance(keptMs - 1);
      await prepared(auth, values, contextOf(client));
      assert.equal(client.sent.length, 1);
      await clock.advance(1);
      await prepared(auth, values, contextOf(client));
      assert.equal(client.sent.length, 2);
    });
  }

  test('that differs in its time and its random only is made once', async () => {
    const client = scripted(answer('one', 600));
    const login = { ...appRole, headers: { 'X-Request-Id': '{{ uuid }}' }, query: { at: '{{ now.unix }}' } };
    const auth = opened({ ...vault, login }, { data });
    await prepared(auth, values, contextOf(client));
    await prepared(auth, { ...values, uuid: 'other', now: { rfc3339: '', unix: 1, unixMs: 1000 } }, contextOf(client));
    assert.equal(client.sent.length, 1);
    assert.equal(client.sent[0]?.headers.get('x-request-id'), 'uuid-of-the-attempt');
  });

  test('at another base has a token of its own', async () => {
    const client = scripted(answer('one', 600), answer('two', 600));
    const auth = opened({ ...vault, login: appRole }, { data });
    await prepared(auth, values, contextOf(client));
    const backup = { ...contextOf(client), base: new URL('https://backup.example/') };
    assert.equal((await prepared(auth, values, backup)).values['token'], 'two');
    assert.equal((await prepared(auth, values, contextOf(client))).values['token'], 'one');
    assert.equal(client.sent[1]?.url.host, 'backup.example');
  });

  test('is made once for requests at the same time, one of which gives up', async () => {
    const client = scripted(answer('one', 600));
    const hold = Promise.withResolvers<void>();
    client.wait = hold.promise;
    const auth = opened({ ...vault, login: appRole }, { data });
    const stop = new AbortController();
    const gone = auth.prepare(values, contextOf(client, stop.signal));
    const others = [prepared(auth, values, contextOf(client)), prepared(auth, valuesOf('b', data), contextOf(client))];
    stop.abort(new Error('gone'));
    await assert.rejects(gone, /gone/);
    hold.resolve();
    assert.deepEqual(
      (await Promise.all(others)).map((each) => each.values['token']),
      ['one', 'one'],
    );
    assert.equal(client.sent.length, 1);
  });
});

describe('a login with a ServiceAccount', () => {
  const asked: unknown[] = [];
  const requestToken: RequestServiceAccountToken = async (wish) => {
    asked.push(wish);
    return await Promise.resolve({ ok: true, value: { token: 'sa-token-1', expiresAt: 0 } });
  };
  const audiences: readonly (readonly [object, { readonly namespace?: string }, string])[] = [
    [{ name: 'vault' }, { namespace: 'pki' }, 'vault://pki/demo'],
    [{ name: 'vault' }, {}, 'vault://demo'],
    [{ name: 'vault', audience: 'mine' }, { namespace: 'pki' }, 'mine'],
  ];
  for (const [ref, place, audience] of audiences) {
    test(`shows a token for ${audience}, which no other request has`, async () => {
      asked.length = 0;
      const client = scripted(answer('hvs.1'));
      const issuer = { kind: 'ExternalIssuer', name: 'demo', ...place };
      const auth = opened({ ...vault, login: { ...kubernetes, serviceAccountRef: ref } }, { issuer, requestToken });
      const credentials = await prepared(auth, values, contextOf(client));
      assert.deepEqual(asked, [{ serviceAccount: 'vault', audience }]);
      assert.deepEqual(JSON.parse(String(client.sent[0]?.body)), { role: 'issuer', jwt: 'sa-token-1' });
      assert.deepEqual(credentials.values, { token: 'hvs.1' });
      assert.ok(auth.secrets().includes('sa-token-1'));
      await prepared(auth, values, contextOf(client));
      assert.equal(asked.length, 1, 'a token is made for a login only');
    });
  }

  test('needs a cluster', () => {
    const problem = problemOf({ ...vault, login: { ...kubernetes, serviceAccountRef: { name: 'vault' } } });
    assert.equal(problem.code, 'AuthError');
    assert.match(problem.message, /pki\.auth\.login\.serviceAccountRef: needs a cluster.*"vault"/);
  });

  const refusals: readonly (readonly [string, string])[] = [
    ['AuthError', 'issuer-broken'],
    ['TokenRequestFailed', 'retry'],
  ];
  for (const [code, outcome] of refusals) {
    test(`is ${outcome} where the API server gives none (${code})`, async () => {
      const refusing: RequestServiceAccountToken = async () =>
        await Promise.resolve({ ok: false, error: { code, message: 'No token of it.' } });
      const login = { ...kubernetes, serviceAccountRef: { name: 'vault' } };
      const failure = await failureOf(
        opened({ ...vault, login }, { requestToken: refusing }),
        values,
        contextOf(scripted(answer('x'))),
      );
      assert.deepEqual(failure, { outcome, code, message: 'pki.auth.login.serviceAccountRef: No token of it.' });
    });
  }
});
