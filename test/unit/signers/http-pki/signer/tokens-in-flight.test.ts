import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../../kube/support/fake-clock.ts';
import { certificatePem, configFor, expected, open, sign } from './support/lab.ts';
import { json, recorder } from './support/recorder.ts';

const parts = {
  auth: {
    type: 'login',
    login: { url: '/login', body: { json: { secret: '{{ secret.secret_id }}' } }, token: 'token', lifetime: 'lease' },
  },
  response: { errorField: 'error' },
};
const secret = { secret_id: 'correct horse battery staple' };

test('a token that one request had dropped is masked in what the CA says to another that was sent with it', async (t) => {
  const bothSent = Promise.withResolvers<void>();
  const renewed = Promise.withResolvers<void>();
  const ca = await recorder(t, async ({ path, headers }, count) => {
    if (path === '/login') return json({ token: `token-number-${count + 1}`, lease: 600 });
    if (count === 0) {
      await bothSent.promise;
      return json({}, 401);
    }
    if (count === 1) {
      bothSent.resolve();
      await renewed.promise;
      return json({ error: `no such profile for ${headers.authorization}` }, 400);
    }
    renewed.resolve();
    return { body: certificatePem };
  });
  const signer = await open(t, configFor(ca.url, parts), { secret });
  const outcomes = await Promise.all([sign(signer), sign(signer)]);
  assert.deepEqual(outcomes.map(({ outcome }) => outcome).toSorted(), ['failed', 'issued']);
  const failed = expected(outcomes.find(({ outcome }) => outcome === 'failed') ?? assert.fail(), 'failed');
  assert.match(failed.message, /no such profile for Bearer \*\*\*/);
  assert.deepEqual(
    ca.to('/sign').map(({ headers }) => headers.authorization),
    ['Bearer token-number-1', 'Bearer token-number-1', 'Bearer token-number-2'],
  );
});

test('a token that was renewed in the meantime is masked too', async (t) => {
  const clock = createFakeClock();
  const renewed = Promise.withResolvers<void>();
  const sent = Promise.withResolvers<void>();
  const ca = await recorder(t, async ({ path, headers }, count) => {
    if (path === '/login') return json({ token: `token-number-${count + 1}`, lease: 600 });
    if (count > 0) return { body: certificatePem };
    sent.resolve();
    await renewed.promise;
    return json({ error: `not for ${headers.authorization}` }, 400);
  });
  const signer = await open(t, configFor(ca.url, parts), { secret, deps: { clock } });
  const first = sign(signer);
  await sent.promise;
  await clock.advance(599_000);
  expected(await sign(signer), 'issued');
  assert.equal(ca.to('/login').length, 2);
  renewed.resolve();
  assert.match(expected(await first, 'failed').message, /not for Bearer \*\*\*/);
});
