import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok } from '../../../src/lib/result.ts';
import type { Retry } from '../../../src/signers/signer.ts';
import { issuedAnswer } from './support/issued.ts';
import { createRequestWorld } from './support/request-world.ts';

const unavailable: Retry = { outcome: 'retry', code: 'CAUnavailable', message: 'The CA answered 503.' };
const unreadable: Retry = { outcome: 'retry', code: 'CAResponseInvalid', message: 'No certificate.', mostAttempts: 2 };

describe('a request', () => {
  test('fails when it was tried as often as its signer lets it; what failed otherwise in between is not counted', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(unavailable, unreadable, unavailable, unreadable, unreadable);
    for (let attempt = 1; attempt < 5; attempt += 1) {
      world.expectApply();
      const { requeueAfterMs = 0 } = await world.reconcile();
      world.watch();
      await world.clock.advance(requeueAfterMs);
    }
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.equal(world.ready(), 'Failed: CAResponseInvalid: Given up after 2 attempts that failed alike: No certificate.');
    world.done();
  });

  for (const [strict, reason] of [
    [false, 'Issued'],
    [true, 'Failed'],
  ] as const) {
    test(`whose certificate differs from it ends ${reason} where its issuer is ${strict ? '' : 'not '}strict`, async () => {
      const world = createRequestWorld();
      world.strict = strict;
      world.restart();
      // The CA signs for 90 days, whatever was asked.
      world.view = { ...(world.view ?? assert.fail()), duration: ok(3600) };
      world.signer.outcomes.push(await issuedAnswer());
      world.expectApply();
      await world.reconcile();
      assert.equal(world.object.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, reason);
      assert.ok(world.told.some((notice) => notice.reason === 'IssuedDiffers'));
      world.done();
    });
  }

  test('is given to its signer with what is known of the object, and the same first try each time', async () => {
    const world = createRequestWorld();
    const seen: unknown[] = [];
    const sign = world.signer.sign;
    world.signer.sign = async (request, context) => {
      seen.push([request.firstTryAt, request.origin]);
      return await sign(request, context);
    };
    world.change({ metadata: { ...world.object.metadata, annotations: { team: 'web' }, labels: { app: 'shop' } } });
    world.watch();
    const origin = {
      name: 'web-1',
      namespace: 'team-a',
      uid: 'uid-1',
      annotations: { team: 'web' },
      labels: { app: 'shop' },
    };
    const firstTryAt = world.clock.now();
    world.signer.outcomes.push(unavailable, unavailable, unavailable);
    world.expectApply();
    await world.reconcile();
    world.watch();
    await world.clock.advance(5000);
    await world.reconcile();
    world.restart();
    await world.clock.advance(5000);
    world.expectApply();
    await world.reconcile();
    const told = [firstTryAt, origin];
    assert.deepEqual(seen, [told, told, told]);
  });

  test('that is not answered in time leaves room for fewer', async () => {
    const world = createRequestWorld();
    world.pool.limit('issuer-uid', {
      retry: { budgetMs: 0, minDelayMs: 1000, maxDelayMs: 1000 },
      maxInFlight: 2,
      strict: false,
      policy: { allowSystemMasters: false },
    });
    world.signer.outcomes.push(async () => await new Promise<never>(() => {}), unavailable);
    world.expectApply();
    const reconciled = world.reconcile();
    await world.clock.advance(60_000);
    await reconciled;
    const room = (): readonly string[] => ['a', 'b'].map((name) => world.pool.acquire('issuer-uid', name).got);
    const [first] = room();
    assert.equal(first, 'signer');
    assert.deepEqual(room(), ['queued', 'queued']);
  });
});
