import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configFor, sign, tryOpen } from './support/lab.ts';
import { json, recorder } from './support/recorder.ts';

for (const audience of ['api://AzureADTokenExchange', 'https://kubernetes.default.svc.cluster.local']) {
  test(`no author of an issuer has a token for ${audience} sent to a server of theirs`, async (t) => {
    const server = await recorder(t, () => json({ t: 'x12345' }));
    const login = {
      url: '/login',
      serviceAccountRef: { name: 'key-vault-issuer', audience },
      body: { json: { jwt: '{{ auth.serviceAccountToken }}' } },
      token: 't',
    };
    const asked: unknown[] = [];
    const opened = await tryOpen(configFor(server.url, { auth: { type: 'login', login } }), {
      input: {
        requestToken: async (wish) => {
          asked.push(wish);
          return await Promise.resolve({ ok: true, value: { token: 'the-token', expiresAt: Date.now() + 600_000 } });
        },
      },
    });
    if (opened.ok) {
      t.after(() => opened.value.close());
      await sign(opened.value);
    }
    assert.ok(!opened.ok && opened.error.code === 'ConfigError');
    assert.deepEqual([asked, server.to('/login')], [[], []]);
  });
}
