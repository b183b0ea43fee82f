import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { CheckOutcome, Issued, IssuerBroken } from '../../../src/signers/signer.ts';
import { healthy } from './support/fake-signer.ts';
import { issuedAnswer } from './support/issued.ts';
import { createRequestWorld, type RequestWorld } from './support/request-world.ts';
import { issuerView, readyCondition } from './support/views.ts';

const broken: IssuerBroken = { outcome: 'issuer-broken', code: 'AuthError', message: 'The CA answered 401.' };
const unavailable = { outcome: 'retry', code: 'CAUnavailable', message: 'The CA answered 503.' } as const;

let issued: Issued;
before(async () => {
  issued = await issuedAnswer();
});

/** A request that has shown its issuer broken. */
async function withBrokenIssuer(check: CheckOutcome = broken): Promise<RequestWorld> {
  const world = createRequestWorld();
  world.signer.outcomes.push(broken);
  world.signer.checks.push(check);
  world.expectApply();
  assert.deepEqual(await world.reconcile(), { requeueAfterMs: 30_000 });
  assert.deepEqual(world.signer.callsNow(), ['sign uid-1', 'check']);
  world.watch();
  return world;
}

describe('a request whose signing says that the issuer is broken', () => {
  for (const [what, check] of [
    ['says the same', broken],
    ['cannot reach the CA', unavailable],
  ] as const) {
    test(`waits where the check ${what}, and the issuer is looked at`, async () => {
      const world = await withBrokenIssuer(check);
      assert.match(world.ready() ?? '', /^Pending: IssuerNotReady: The issuer is broken: The CA answered 401\. /);
      assert.deepEqual(world.suspected, [issuerView()]);
      assert.deepEqual(world.pool.circuitOf('issuer-uid').open(), {
        problem: { code: 'AuthError', message: 'The CA answered 401.' },
        until: 10_000,
      });
      assert.deepEqual(world.concluded, []);
      world.done();
    });
  }

  test('fails alone where the check passes: no requester can stop an issuer for the others', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push({ ...broken, requestSuspected: true });
    world.signer.checks.push(healthy);
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.equal(world.ready(), 'Failed: AuthError: The CA answered 401.');
    assert.equal(world.object.status?.failureTime, '2027-01-15T08:00:00Z');
    assert.equal(world.pool.circuitOf('issuer-uid').open(), undefined);
    assert.deepEqual(world.suspected, []);
    world.done();
  });

  test('is tried again where the check passes and the CA cannot have meant the request', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push({ ...broken, code: 'CARequestWrong', message: 'The CA answered 404.' });
    world.signer.checks.push(healthy);
    world.expectApply();
    const { requeueAfterMs = 0 } = await world.reconcile();
    assert.ok(requeueAfterMs > 0 && requeueAfterMs <= 10_000, String(requeueAfterMs));
    assert.match(world.ready() ?? '', /^Pending: CARequestWrong: The CA answered 404\. Next try at /);
    assert.equal(world.pool.circuitOf('issuer-uid').open(), undefined);
    assert.deepEqual(world.suspected, []);
    world.done();
  });

  test('waits where the check gets no answer in time', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(broken);
    world.signer.checks.push(async () => await new Promise<never>(() => {}));
    world.expectApply();
    const reconciled = world.reconcile();
    await world.clock.advance(60_000);
    await reconciled;
    assert.match(world.ready() ?? '', /^Pending: IssuerNotReady/);
    assert.equal(world.pool.loadOf('issuer-uid').inFlight, 0);
    world.done();
  });

  test('asks nothing of the CA while the circuit is open, though the store shows the issuer ready', async () => {
    const world = await withBrokenIssuer();
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(world.signer.calls, []);
    world.done();
  });

  test('is not written again when the issuer says the same, or other words of the same code', async () => {
    const world = await withBrokenIssuer();
    for (const words of ['The CA answered 401.', 'The CA answered 401 twice.', 'The CA answered 403.']) {
      world.issuer = issuerView({ ready: readyCondition({ status: 'False', message: `AuthError: ${words}` }) });
      assert.deepEqual(await world.reconcile(), {});
    }
    assert.match(world.ready() ?? '', /^Pending: IssuerNotReady: The issuer is broken: The CA answered 401\./);
    world.done();
  });

  test('is signed when a check has passed, and wakes those that waited for it', async () => {
    const world = await withBrokenIssuer();
    for (const other of ['other', 'third']) assert.equal(world.pool.acquire('issuer-uid', `team-a/${other}`).got, 'queued');
    world.pool.circuitOf('issuer-uid').checkPassed();
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual([world.concluded, world.woken], [['issued'], ['team-a/other', 'team-a/third']]);
    assert.equal(world.pool.acquire('issuer-uid', 'team-a/other').got, 'signer');
    world.done();
  });

  test('is followed by another one where it says nothing of the issuer after a check has passed', async () => {
    const world = await withBrokenIssuer();
    assert.equal(world.pool.acquire('issuer-uid', 'team-a/other').got, 'queued');
    world.pool.circuitOf('issuer-uid').checkPassed();
    world.signer.outcomes.push(unavailable);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.woken, ['team-a/other']);
    assert.equal(world.pool.acquire('issuer-uid', 'team-a/other').got, 'signer');
    assert.equal(world.pool.acquire('issuer-uid', 'team-a/web-1').got, 'queued');
    world.done();
  });
});

describe('a request whose signer does not come back', () => {
  test('is tried again after its deadline, and holds nothing', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(async () => await new Promise<never>(() => {}));
    world.expectApply();
    const reconciled = world.reconcile();
    await world.clock.advance(60_000);
    assert.deepEqual(await reconciled, { requeueAfterMs: 5000 });
    assert.match(world.ready() ?? '', /^Pending: CATimeout: The CA did not answer within 60 s\./);
    assert.equal(world.pool.loadOf('issuer-uid').inFlight, 0);
    world.done();
  });

  test('holds nothing where the signer throws, and is tried again', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(() => {
      throw new TypeError('x is undefined');
    }, issued);
    await assert.rejects(world.reconcile(), TypeError);
    assert.equal(world.pool.loadOf('issuer-uid').inFlight, 0);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });
});

describe('a request that has to wait for its turn', () => {
  test('is woken when the one before it has ended', async () => {
    const world = createRequestWorld();
    const other = world.pool.acquire('issuer-uid', 'team-a/other');
    assert.ok(other.got === 'signer');
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual([world.signer.calls, world.applied], [[], []]);
    other.release();
    assert.deepEqual(world.woken, ['team-a/web-1']);
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    world.done();
  });

  test('gives its turn to the next one where it is gone when it is woken', async () => {
    const world = createRequestWorld();
    const other = world.pool.acquire('issuer-uid', 'team-a/other');
    assert.ok(other.got === 'signer');
    await world.reconcile();
    assert.equal(world.pool.acquire('issuer-uid', 'team-a/third').got, 'queued');
    world.view = undefined;
    other.release();
    await world.reconcile();
    assert.deepEqual(world.woken, ['team-a/web-1', 'team-a/third']);
  });

  test('waits for the signer to be opened, without a word', async () => {
    const world = createRequestWorld();
    world.pool.retire('issuer-uid');
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual([world.applied, world.told], [[], []]);
  });
});
