import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { healthy } from './support/fake-signer.ts';
import { checked, createIssuerWorld, readyOf, secret } from './support/issuer-world.ts';

describe('the signer of an issuer', () => {
  const withSecret = { signerType: 'fake', authSecretRef: { name: 'credentials' } };
  const at = 'Secret team-a/credentials';

  test('is opened with what the spec and its Secret hold', async () => {
    const world = createIssuerWorld({ ...withSecret, fake: { level: 3 } });
    world.referenced.set(at, secret('s3cret', '40'));
    await checked(world);
    const [{ requestToken, ...input } = assert.fail(), ...more] = world.opened;
    assert.deepEqual(
      [input, ...more],
      [
        {
          config: { level: 3 },
          issuerUid: 'issuer-uid',
          issuer: { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca' },
          references: new Map(),
          authSecret: {
            where: 'Secret "credentials" in namespace "team-a"',
            data: new Map([['token', Buffer.from('s3cret')]]),
            resourceVersion: '40',
          },
        },
      ],
    );
    const token = await requestToken?.({ serviceAccount: 'a', audience: 'b' }, new AbortController().signal);
    assert.equal(token?.ok === false && token.error.message, 'team-a');
  });

  test('stays open where the Secret was written again with the same bytes', async () => {
    const world = createIssuerWorld(withSecret);
    world.referenced.set(at, secret('s3cret', '40'));
    await checked(world);
    world.referenced.set(at, secret('s3cret', '41'));
    world.signer.checks.push(healthy);
    await world.reconcile();
    assert.equal(world.opened.length, 1);
    assert.deepEqual(world.signerReady, []);
    assert.deepEqual(
      world.followed.map(({ resourceVersion }) => resourceVersion),
      ['41'],
    );
  });

  test('stays open, with its circuit, where only the limits of the spec change', async () => {
    const world = await checked();
    world.pool.circuitOf('issuer-uid').trip({ code: 'AuthError', message: 'x' }, 0);
    world.respec({ signerType: 'fake', healthCheck: { interval: '5m' }, rateLimit: { maxInFlight: 1 } });
    world.expectApply();
    await world.reconcile();
    assert.equal(world.opened.length, 1);
    assert.notEqual(world.pool.circuitOf('issuer-uid').open(), undefined);
  });

  test('is opened anew where the Secret has other bytes, checked at once though its circuit is open, and its requests woken', async () => {
    const world = createIssuerWorld(withSecret);
    world.referenced.set(at, secret('old', '40'));
    await checked(world);
    world.pool.circuitOf('issuer-uid').trip({ code: 'AuthError', message: 'x' }, 0);
    assert.equal(world.queueRequest('held back'), 'queued');
    world.referenced.set(at, secret('new', '41'));
    world.signer.checks.push(healthy);
    await world.reconcile();
    assert.equal(world.opened.length, 2);
    assert.deepEqual(world.signer.calls, ['close', 'check']);
    assert.deepEqual(world.wokenRequests, ['held back']);
    assert.deepEqual(world.signerReady, ['issuer-uid'], 'those that wait for a retry come too');
    world.done();
  });

  test('is opened anew where the spec changes', async () => {
    const world = await checked();
    world.respec({ signerType: 'fake', fake: { level: 4 } });
    world.signer.checks.push(healthy);
    world.expectApply();
    await world.reconcile();
    assert.equal(world.opened.length, 2);
    assert.equal(readyOf(world.object)?.observedGeneration, 2);
    assert.equal(readyOf(world.object)?.lastTransitionTime, '2027-01-15T08:00:00Z');
  });

  test('limits the requests in flight as the spec says, and to 32 where it says nothing', async () => {
    for (const [maxInFlight, expected] of [
      [2, 2],
      [undefined, 32],
    ] as const) {
      const rateLimit = maxInFlight === undefined ? {} : { rateLimit: { maxInFlight } };
      const { pool } = await checked(createIssuerWorld({ signerType: 'fake', ...rateLimit }));
      const got = Array.from({ length: 40 }, (_, index) => pool.acquire('issuer-uid', `r${index}`).got);
      assert.equal(got.filter((what) => what === 'signer').length, expected);
    }
  });

  test('that cannot be opened makes the issuer Failed, and its requests wait', async () => {
    const world = await checked();
    world.opening = { ok: false, error: { code: 'AuthError', message: 'Secret "x": the key is encrypted' } };
    world.respec({ signerType: 'fake', fake: { level: 4 } });
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 5000 });
    assert.equal(world.ready(), 'False Failed: AuthError: Secret "x": the key is encrypted');
    assert.equal(world.pool.acquire('issuer-uid', 'a').got, 'queued');
    world.done();
  });
});
