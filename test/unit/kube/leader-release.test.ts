import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settle } from './support/fake-clock.ts';
import { twoReplicas } from './support/replicas.ts';

describe('giving the Lease back', () => {
  test('lets the work end first and another lead at its next try', async () => {
    const { world, leases, first, second } = await twoReplicas();
    first.stop.abort();
    await settle();
    assert.ok(first.ending?.stop.aborted === true && !first.ending.abort.aborted);
    assert.equal(first.result, 'released');
    assert.ok(!first.elector.isLeader());
    assert.equal(leases.lease?.spec?.holderIdentity, '');
    assert.equal(leases.lease.spec.leaseDurationSeconds, 1);
    await world.advance(2000 * 1.6);
    assert.ok(second.elector.isLeader());
  });

  test('waits for the work, and renews meanwhile', async () => {
    const { world, leases, first, second } = await twoReplicas({ slow: true });
    first.stop.abort();
    await world.advance(19_000);
    assert.ok(first.elector.isLeader() && !second.elector.isLeader() && first.ending?.abort.aborted === false);
    first.finish();
    await settle();
    assert.equal(first.result, 'released');
    assert.equal(leases.lease?.spec?.holderIdentity, '');
  });

  test('is left out where the work does not end even when told to', async () => {
    const { world, leases, first } = await twoReplicas({ slow: true });
    first.stop.abort();
    await world.advance(20_000);
    assert.ok(first.ending?.abort.aborted === true && first.result === undefined);
    await world.advance(5000);
    assert.equal(first.result, 'LeaseLost');
    assert.ok(!first.elector.isLeader());
    const writes = leases.writes.length;
    await world.advance(3000);
    assert.equal(leases.writes.slice(writes).filter(({ spec }) => spec?.holderIdentity === 'first').length, 0);
  });

  test('follows work that ended or failed by itself, and its error comes through', async () => {
    for (const [error, result] of [
      [undefined, 'released'],
      [new Error('broken'), 'broken'],
    ] as const) {
      const { leases, first } = await twoReplicas({ slow: true });
      first.finish(error);
      await settle();
      assert.equal(first.result, result);
      assert.equal(leases.lease?.spec?.holderIdentity, '');
    }
  });

  test('is not waited for where the API server does not answer', async () => {
    const { world, first } = await twoReplicas();
    first.client.network = 'silent';
    first.stop.abort();
    await world.advance(5000);
    assert.equal(first.result, 'released');
  });
});
