import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { IssuerView } from '../../../src/issuing/request-view.ts';
import type { Issued, Retry } from '../../../src/signers/signer.ts';
import { approved, certificateRequest, conditionsOf } from './support/certificate-requests.ts';
import { issuedAnswer } from './support/issued.ts';
import { createRequestWorld } from './support/request-world.ts';

import { issuerView, readyCondition } from './support/views.ts';

const unavailable: Retry = { outcome: 'retry', code: 'CAUnavailable', message: 'The CA answered 503.' };
const minute = 60_000;
const day = 86_400_000;

let issued: Issued;
before(async () => {
  issued = await issuedAnswer();
});

describe('a request whose CA is not available', () => {
  test('is Pending with the time of the next try, and remembers when it was first tried', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(unavailable);
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 5000 });
    assert.equal(world.ready(), 'Pending: CAUnavailable: The CA answered 503. Next try at 2027-01-15T08:00:05Z.');
    assert.match(conditionsOf(world.object)['external-issuer.io/Signing']?.message ?? '', /"firstTry":"2027-01-15T08:00:00/);
    assert.equal(world.object.status?.failureTime, undefined);
    assert.deepEqual(
      world.told.map(({ reason }) => reason),
      ['CAUnavailable'],
    );
    assert.deepEqual(world.concluded, []);
    world.done();
  });

  test('is written again only when its next try moves by more than a minute, and told once', async () => {
    const world = createRequestWorld();
    const applied: number[] = [];
    world.signer.outcomes.push(...Array.from({ length: 7 }, () => unavailable));
    for (const written of [true, false, false, true, true, true, true]) {
      if (written) world.expectApply();
      const { requeueAfterMs = 0 } = await world.reconcile();
      applied.push(requeueAfterMs / 1000);
      world.watch();
      await world.clock.advance(requeueAfterMs);
      world.done();
    }
    assert.deepEqual(applied, [5, 10, 20, 40, 80, 160, 300]);
    assert.equal(world.told.length, 1);
    assert.match(world.ready() ?? '', /Next try at 2027-01-15T08:10:15Z/);
  });

  test('waits as long as the CA asks', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push({ ...unavailable, afterMs: 7 * minute });
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 7 * minute });
  });

  test('does not have the CA asked again because the API server does not take its status', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(unavailable);
    for (let lost = 0; lost < 3; lost += 1) {
      world.expectLostApply();
      await assert.rejects(world.reconcile(), { code: 'Unreachable' });
    }
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 5000 });
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    world.signer.outcomes.push(issued);
    world.watch();
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });

  test('comes back though something else changed it meanwhile, which wakes nobody', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(unavailable);
    world.change({ metadata: { ...world.object.metadata, labels: { a: 'b' } } });
    world.expectApply();
    world.expectGet();
    world.expectApply();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 5000 });
    assert.match(world.ready() ?? '', /^Pending: CAUnavailable/);
    world.done();
  });

  test('fails when its budget ends, though the controller was restarted, and tells that too', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(unavailable, unavailable, unavailable);
    world.expectApply();
    await world.reconcile();
    await world.clock.advance(day - minute);
    world.restart();
    world.expectApply();
    await world.reconcile();
    world.watch();
    await world.clock.advance(minute);
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.match(world.ready() ?? '', /^Failed: CAUnavailable: Given up after 1d .*the last attempt: The CA answered 503\./);
    assert.deepEqual(
      world.told.map(({ reason }) => reason),
      ['CAUnavailable', 'CAUnavailable'],
      'when it began and when it ended: the restart is no news',
    );
    assert.deepEqual(Object.keys(conditionsOf(world.object)), ['Approved', 'Ready']);
    world.done();
  });

  test('gets its certificate at the next try, and its own condition goes', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(unavailable, issued);
    world.expectApply();
    await world.reconcile();
    world.watch();
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(Object.keys(conditionsOf(world.object)), ['Approved', 'Ready']);
    world.done();
  });
});

describe('a request whose certificate is not valid yet', () => {
  test('waits for it, and gets that one: another would not be valid yet either', async () => {
    const world = createRequestWorld();
    world.signer.outcomes.push(await issuedAnswer(3 * minute));
    world.expectApply();
    const { requeueAfterMs = 0 } = await world.reconcile();
    assert.equal(requeueAfterMs, 2 * minute + 1000);
    assert.match(world.ready() ?? '', /^Pending: NotYetValid: .*becomes valid in 2m/);
    world.watch();
    await world.clock.advance(minute);
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: minute + 1000 });
    await world.clock.advance(minute + 1000);
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(world.signer.calls, ['sign uid-1']);
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });
});

describe('a request whose issuer is missing', () => {
  test('says so once, and is signed when the issuer is there', async () => {
    const world = createRequestWorld();
    world.issuer = undefined;
    world.expectApply();
    assert.deepEqual(await world.reconcile(), {});
    assert.match(world.ready() ?? '', /^Pending: IssuerNotFound: /);
    assert.deepEqual(await world.reconcile(), {});
    world.watch();
    assert.deepEqual(await world.reconcile(), {});
    assert.equal(world.told.length, 1);
    world.issuer = issuerView();
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });

  test('does not say it again after a restart, nor in an event', async () => {
    const world = createRequestWorld();
    world.issuer = undefined;
    world.expectApply();
    await world.reconcile();
    world.restart();
    await world.reconcile();
    assert.equal(world.told.length, 1);
    world.done();
  });
});

describe('a request whose issuer is not ready', () => {
  const notReady = (message: string): IssuerView => issuerView({ ready: readyCondition({ status: 'False', message }) });

  for (const restarted of [false, true]) {
    test(`quotes another cause when there is one, and not other words${restarted ? ', after a restart too' : ''}`, async () => {
      const world = createRequestWorld();
      const issuers: readonly (readonly [string, boolean])[] = [
        ['ReferenceNotFound: there is no Secret "a"', true],
        ['ReferenceNotFound: there is no Secret "b"', false],
        ['ConfigError: spec.mockCa: is wrong', true],
        ['without a code', true],
        ['without a code: still', false],
      ];
      for (const [message, written] of issuers) {
        world.issuer = notReady(message);
        if (written) world.expectApply();
        assert.deepEqual(await world.reconcile(), {});
        if (restarted) world.restart();
        else world.watch();
        world.done();
        assert.ok(!written || world.ready()?.endsWith(`is not ready: ${message}`), world.ready());
      }
      assert.equal(world.told.length, 1);
    });
  }
});

describe('a request that nobody approves', () => {
  for (const [minutes, times] of [
    [9, 1],
    [11, 0],
  ] as const) {
    test(`and that is ${minutes} minutes old when this process first sees it is told ${times} times`, async () => {
      const world = createRequestWorld();
      world.object = certificateRequest({ status: {} });
      await world.clock.advance(minutes * minute);
      world.restart();
      assert.deepEqual(await world.reconcile(), {});
      assert.equal(world.told.length, times);
    });
  }

  test('gets one event after 30 s, no status, and is signed once it is approved', async () => {
    const world = createRequestWorld();
    world.object = certificateRequest({ status: {} });
    world.watch();
    assert.deepEqual(await world.reconcile(), { requeueAfterMs: 30_000 });
    assert.deepEqual(world.told, []);
    await world.clock.advance(30_000);
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(await world.reconcile(), {});
    assert.deepEqual(
      world.told.map(({ reason }) => reason),
      ['WaitingForApproval'],
    );
    assert.deepEqual(world.applied, []);
    world.change({ status: { conditions: [approved] } });
    world.watch();
    world.signer.outcomes.push(issued);
    world.expectApply();
    await world.reconcile();
    assert.deepEqual(world.concluded, ['issued']);
    world.done();
  });
});
