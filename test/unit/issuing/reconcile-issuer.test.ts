import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckOutcome } from '../../../src/signers/signer.ts';
import { healthy } from './support/fake-signer.ts';
import { checked, createIssuerWorld, readyOf, type IssuerWorld } from './support/issuer-world.ts';
import { apiError } from './support/scripted-client.ts';

const broken: CheckOutcome = { outcome: 'issuer-broken', code: 'AuthError', message: 'The CA answered 401.' };
const unavailable: CheckOutcome = { outcome: 'retry', code: 'CAUnavailable', message: 'The CA answered 503.' };
const key = 'ExternalIssuer/team-a/ca';
const minute = 60_000;

function statusesApplied({ applied }: IssuerWorld): readonly string[] {
  return applied.map((object) => readyOf(object as IssuerWorld['object'])?.reason ?? '');
}

describe('an issuer', () => {
  test('is Initializing when it is new, then Checked, and its requests are looked at', async () => {
    const world = createIssuerWorld();
    assert.equal(world.queueRequest('waiting'), 'queued');
    world.signer.checks.push(healthy);
    world.expectApply();
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 9 * minute });
    assert.deepEqual(statusesApplied(world), ['Initializing', 'Checked']);
    assert.deepEqual(readyOf(world.object), {
      type: 'Ready',
      status: 'True',
      reason: 'Checked',
      message: 'The CA answers.',
      lastTransitionTime: '2027-01-15T08:00:00Z',
      observedGeneration: 1,
    });
    assert.deepEqual(world.wokenRequests, ['waiting']);
    assert.deepEqual(
      world.told.map(({ type, reason }) => `${type} ${reason}`),
      ['Warning TestSigner', 'Normal Checked'],
    );
    world.done();
  });

  test('is not written, told or heard of again while nothing changes', async () => {
    const world = await checked();
    world.signer.checks.push(healthy, healthy);
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 9 * minute });
    await world.reconcile();
    assert.deepEqual([world.told, world.wokenRequests], [[], []]);
    assert.equal(world.opened.length, 1);
    world.done();
  });

  test('is not written again where its message is longer than a condition can be', async () => {
    const wordy: CheckOutcome = { outcome: 'healthy', message: 'well '.repeat(1000) };
    const world = createIssuerWorld();
    world.signer.checks.push(wordy, wordy);
    world.expectApply();
    world.expectApply();
    await world.reconcile();
    world.watch();
    world.told.splice(0);
    await world.reconcile();
    assert.deepEqual(world.told, []);
    world.done();
  });

  test('is neither checked nor written by a replica that has lost its Lease', async () => {
    const world = createIssuerWorld();
    await checked(world);
    world.holdsLease = false;
    await assert.rejects(world.reconcile(), /the Lease is lost/);
    assert.deepEqual(world.signer.callsNow(), []);
    world.done();
  });

  test('is checked once after each change where its health check is off', async () => {
    const world = createIssuerWorld({ signerType: 'fake', healthCheck: { enabled: false } });
    world.signer.checks.push(healthy);
    world.expectApply();
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
  });

  test('is checked at the interval it sets, spread by a tenth', async () => {
    const world = createIssuerWorld({ signerType: 'fake', healthCheck: { interval: '1m' } });
    world.signer.checks.push(healthy);
    world.expectApply();
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 54_000 });
  });

  const failing: readonly (readonly [string, CheckOutcome, string])[] = [
    ['Pending where the CA does not answer', unavailable, 'False Pending: CAUnavailable: The CA answered 503.'],
    ['Failed where the CA refuses its credentials', broken, 'False Failed: AuthError: The CA answered 401.'],
  ];
  for (const [what, check, ready] of failing) {
    test(`is ${what}, comes back with backoff, and is Checked when the CA answers`, async () => {
      const world = await checked(createIssuerWorld({ signerType: 'fake', healthCheck: { interval: '1m' } }));
      world.signer.checks.push(check, check, check, check, check, healthy);
      world.expectApply();
      const waits: number[] = [];
      for (let tries = 0; tries < 5; tries += 1) {
        waits.push((await world.reconcile()).requeueAfterMs ?? 0);
        world.watch();
      }
      assert.deepEqual(waits, [5000, 10_000, 20_000, 30_000, 30_000]);
      assert.equal(world.ready(), ready);
      assert.equal(world.told.length, 1);
      world.expectApply();
      assert.deepEqual(await world.reconcile(), { requeueAfterMs: 54_000 });
      assert.equal(world.opened.length, 1);
      world.done();
    });
  }

  test('waits as long as the CA asks, but ten minutes at most', async () => {
    for (const [afterMs, waited] of [
      [7 * minute, 7 * minute],
      [86_400_000, 10 * minute],
      [Number.POSITIVE_INFINITY, 10 * minute],
    ] as const) {
      const world = await checked();
      world.signer.checks.push({ ...unavailable, afterMs });
      world.expectApply();
      assert.deepEqual(await world.reconcile(), { requeueAfterMs: waited });
    }
  });

  test('is Pending where its check does not come back', async () => {
    const world = await checked();
    world.signer.checks.push(async () => await new Promise<never>(() => {}));
    world.expectApply();
    const reconciled = world.reconcile();
    await world.clock.advance(minute);
    assert.deepEqual(await reconciled, { requeueAfterMs: 5000 });
    assert.match(world.ready() ?? '', /^False Pending: CATimeout: /);
    world.done();
  });

  test('says why its circuit is open, without a check until it is time', async () => {
    const world = await checked();
    const circuit = world.pool.circuitOf('issuer-uid');
    circuit.trip({ code: 'AuthError', message: 'The CA answered 401.' }, 0);
    assert.equal(world.queueRequest('held back'), 'queued');
    await world.clock.advance(4000);
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 6000 });
    assert.equal(world.ready(), 'False Failed: AuthError: The CA answered 401.');
    assert.deepEqual(world.signer.calls, []);
    world.watch();
    await world.clock.advance(6000);
    world.signer.checks.push(healthy);
    world.expectApply();
    await world.reconcile();
    assert.equal(circuit.open(), undefined);
    assert.equal(circuit.admit('a') && !circuit.admit('b'), true);
    assert.deepEqual(world.wokenRequests, ['held back']);
    world.done();
  });

  test('is told nothing of and lets go of everything when it is gone', async () => {
    const world = await checked();
    world.view = undefined;
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(world.gone, [`refs of ${key}`, 'signer of issuer-uid', 'signer of issuer-uid', 'issuer-uid']);
    assert.deepEqual(world.signer.calls, ['close']);
    assert.deepEqual(await world.reconcile(), {});
    assert.equal(world.gone.length, 4);
    world.done();
  });

  test('lets go of what it was before it was made anew under its name', async () => {
    const world = await checked();
    const { metadata, spec } = world.object;
    world.object = { metadata: { ...metadata, uid: 'issuer-2' }, spec };
    world.watch();
    world.signer.checks.push(healthy);
    world.expectApply();
    world.expectApply();
    await world.reconcile();
    assert.ok(world.gone.includes('issuer-uid'));
    assert.equal(world.queueRequest('late'), 'queued');
    assert.equal(world.pool.acquire('issuer-2', 'new').got, 'signer');
    world.done();
  });

  test('that is deleted while it is checked leaves nothing behind', async () => {
    const world = createIssuerWorld();
    world.expectApply();
    world.signer.checks.push(() => {
      world.view = undefined;
      world.expect('apply', () => {
        throw apiError('NotFound');
      });
      return healthy;
    });
    await world.reconcile();
    await world.reconcile();
    assert.equal(world.queueRequest('late'), 'queued');
    assert.deepEqual(world.signer.calls, ['check', 'close']);
    world.done();
  });

  test('is written on its newer version where something else changed it, and left alone where its spec did', async () => {
    const world = await checked();
    world.signer.checks.push(() => {
      world.object = { ...world.object, metadata: { ...world.object.metadata, resourceVersion: '99' } };
      return unavailable;
    });
    for (const expect of ['expectApply', 'expectGet', 'expectApply'] as const) world[expect]();
    await world.reconcile();
    assert.match(world.ready() ?? '', /^False Pending/);
    world.watch();
    const { view } = world;
    world.signer.checks.push(() => {
      world.respec({ signerType: 'fake', fake: { level: 1 } });
      world.view = view;
      return healthy;
    });
    world.expectApply();
    world.expectGet();
    await world.reconcile();
    assert.equal(readyOf(world.object)?.observedGeneration, 1);
    assert.match(world.ready() ?? '', /^False Pending/);
    world.done();
  });
});
