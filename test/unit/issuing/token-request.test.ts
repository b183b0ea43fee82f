import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTokenRequester } from '../../../src/issuing/token-request.ts';
import { status, type Answer } from '../kube/mock-api-server.ts';
import { startSetting } from '../kube/support/api-client.ts';

const any = (): boolean => true;
const wish = { serviceAccount: 'vault-issuer', audience: 'vault://pki/demo' };
const { signal } = new AbortController();

const json =
  (body: object): Answer =>
  (response) =>
    void response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe('a token of a ServiceAccount', () => {
  test('is asked for by TokenRequest, for that audience only and for ten minutes', async (t) => {
    const { server, client } = await startSetting(t);
    server.script(any, json({ status: { token: 'tok', expirationTimestamp: '2031-01-01T00:00:00Z' } }));
    const answer = await createTokenRequester(client, 'pki')(wish, signal);
    assert.deepEqual(answer, { ok: true, value: { token: 'tok', expiresAt: Date.UTC(2031, 0, 1) } });
    const [request] = server.seen;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/api/v1/namespaces/pki/serviceaccounts/vault-issuer/token');
    assert.deepEqual(JSON.parse(request?.body ?? ''), {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { namespace: 'pki', name: 'vault-issuer' },
      spec: { audiences: ['vault://pki/demo'], expirationSeconds: 600 },
    });
  });

  test('is given to nobody where its audience is the API server itself', async (t) => {
    const { server, client } = await startSetting(t);
    const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');
    const token = `${part({ alg: 'RS256' })}.${part({ iss: 'https://oidc.test/cluster', aud: 'x' })}.sig`;
    const given = json({ status: { token, expirationTimestamp: '2031-01-01T00:00:00Z' } });
    server.script(any, given, 2);
    const ask = createTokenRequester(client, 'pki');
    const refused = await ask({ ...wish, audience: 'https://oidc.test/cluster' }, signal);
    assert.ok(!refused.ok && refused.error.code === 'AuthError');
    assert.match(
      refused.error.message,
      /^The audience "https:\/\/oidc\.test\/cluster" is that of the API server itself: .* Leave /,
    );
    assert.ok(!refused.error.message.includes(token));
    assert.ok((await ask(wish, signal)).ok, 'another audience of the same cluster');
  });

  const failures: readonly (readonly [string, Answer, string, RegExp])[] = [
    [
      'names the Role that is missing',
      status(403, 'Forbidden'),
      'AuthError',
      /Role in namespace "pki".*create on serviceaccounts\/token and resourceNames \["vault-issuer"\]/,
    ],
    [
      'names the ServiceAccount that is missing',
      status(404, 'NotFound'),
      'AuthError',
      /^ServiceAccount "vault-issuer" in namespace "pki" does not exist/,
    ],
    ['is refused for good with 422', status(422, 'Invalid'), 'AuthError', /vault-issuer.*Invalid/],
    ['may come later after 503', status(503, 'Busy'), 'TokenRequestFailed', /vault-issuer.*Busy/],
    ['is missed in an empty answer', json({}), 'TokenRequestFailed', /without a token/],
    ['is missed where its end is', json({ status: { token: 'tok' } }), 'TokenRequestFailed', /without a token/],
  ];
  for (const [name, answer, code, message] of failures) {
    test(name, async (t) => {
      const { server, client } = await startSetting(t);
      server.script(any, answer);
      const result = await createTokenRequester(client, 'pki')(wish, signal);
      assert.ok(!result.ok);
      assert.equal(result.error.code, code);
      assert.match(result.error.message, message);
      assert.doesNotMatch(result.error.message, /tok\b/);
    });
  }

  test('is given up with the reason of the signal', async (t) => {
    const { server, client } = await startSetting(t);
    server.script(any, () => undefined);
    const stop = new AbortController();
    const asking = createTokenRequester(client, 'pki')(wish, stop.signal);
    const reason = new Error('shutdown');
    stop.abort(reason);
    await assert.rejects(asking, (error) => error === reason);
  });
});
