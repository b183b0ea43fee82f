import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeWorld, settle } from './support/fake-clock.ts';
import { createFakeLeases } from './support/fake-leases.ts';
import { startReplica, twoReplicas } from './support/replicas.ts';

describe('leader election', () => {
  test('makes the Lease and leads at once where there is none', async () => {
    const { leases, first, second } = await twoReplicas();
    assert.ok(first.elector.isLeader() && first.ending !== undefined);
    assert.ok(!second.elector.isLeader() && second.ending === undefined);
    assert.equal(second.elector.leaderIdentity(), 'first');
    assert.equal(leases.lease?.spec?.holderIdentity, 'first');
    assert.equal(leases.lease.spec.leaseTransitions, 0);
  });

  test('keeps the leader for as long as it renews, every two seconds', async () => {
    const { world, leases, first, second } = await twoReplicas();
    await world.advance(600_000);
    assert.ok(first.elector.isLeader() && !second.elector.isLeader());
    assert.equal(leases.writes.length, 301);
    assert.equal(leases.lease?.spec?.renewTime, new Date(1_800_000_600_000).toISOString().replace('Z', '000Z'));
    assert.equal(leases.lease.spec.acquireTime, new Date(1_800_000_000_000).toISOString().replace('Z', '000Z'));
  });

  test('lets only one of many win', async () => {
    const world = createFakeWorld();
    const leases = createFakeLeases();
    const replicas = Array.from({ length: 5 }, (_, index) => startReplica(leases, world, `replica-${index}`));
    await world.advance(30_000);
    assert.equal(replicas.filter(({ elector }) => elector.isLeader()).length, 1);
    assert.equal(replicas.filter(({ ending }) => ending !== undefined).length, 1);
  });

  for (const skewMs of [0, 3_600_000, -3_600_000]) {
    test(`hands over only after the Lease has expired, with the second's clock ${skewMs} ms off`, async () => {
      const { world, leases, first, second } = await twoReplicas({ skewMs });
      await world.advance(7000);
      first.client.network = 'down';
      // The last renewal was sent at 6000.
      await world.advance(8999);
      assert.ok(first.elector.isLeader() && !second.elector.isLeader(), 'still within the renew deadline');
      await world.advance(1);
      assert.ok(!first.elector.isLeader());
      assert.equal(first.result, 'LeaseLost');
      assert.ok(first.ending?.abort.aborted === true && first.ending.stop.aborted);
      await world.advance(4999);
      assert.ok(!second.elector.isLeader(), 'nobody leads between deadline and expiry');
      await world.advance(1 + 2 * 3200);
      assert.ok(second.elector.isLeader() && second.ending !== undefined);
      assert.equal(leases.lease?.spec?.leaseTransitions, 1);
    });
  }

  test('ends leadership at the deadline where the API server says nothing at all', async () => {
    const { world, first } = await twoReplicas();
    first.client.network = 'silent';
    await world.advance(9999);
    assert.ok(first.elector.isLeader() && first.result === undefined);
    await world.advance(1);
    assert.ok(!first.elector.isLeader());
    assert.equal(first.result, 'LeaseLost');
    const { size } = world.sleepers;
    first.stop.abort();
    await settle();
    assert.equal(world.sleepers.size, size, 'nothing of the term goes on');
  });

  test('survives a network that is down for less than the deadline', async () => {
    const { world, first } = await twoReplicas();
    first.client.network = 'down';
    await world.advance(7999);
    first.client.network = 'up';
    await world.advance(60_000);
    assert.ok(first.elector.isLeader() && first.result === undefined);
  });

  test('counts the deadline from when a renewal was sent, not from when it was answered', async () => {
    const { world, first } = await twoReplicas();
    first.client.travel = () => world.sleep(3000);
    await world.advance(2000 + 3000);
    first.client.network = 'down';
    await world.advance(6999);
    assert.ok(first.elector.isLeader());
    await world.advance(1);
    assert.ok(!first.elector.isLeader() && first.result === 'LeaseLost');
  });

  test('goes on where a renewal was written but its answer lost', async () => {
    const { world, leases, first } = await twoReplicas();
    first.client.network = 'no answers';
    await world.advance(2000);
    assert.equal(leases.writes.length, 2);
    first.client.network = 'up';
    await world.advance(20_000);
    assert.ok(first.elector.isLeader() && first.result === undefined);
  });

  test('goes on where somebody else changed the Lease but not its holder', async () => {
    const { world, leases, first } = await twoReplicas();
    const lease = leases.lease;
    assert.ok(lease !== undefined);
    leases.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: 'x', labels: { touched: 'yes' } } };
    await world.advance(20_000);
    assert.ok(first.elector.isLeader());
    assert.deepEqual(leases.lease.metadata.labels, { touched: 'yes' }, 'what others wrote stays');
  });

  test('stays with the leader where the Lease is deleted, who makes it again', async () => {
    const { world, leases, first, second } = await twoReplicas();
    for (let time = 0; time < 120_000; time += 7300) {
      leases.lease = undefined;
      await world.advance(7300);
      assert.ok(first.elector.isLeader() && !second.elector.isLeader());
    }
    assert.ok(leases.writes.every(({ spec }) => spec?.holderIdentity === 'first'));
  });

  test('passes on where the Lease is deleted and its holder gone', async () => {
    const { world, leases, first, second } = await twoReplicas();
    first.client.network = 'down';
    leases.lease = undefined;
    await world.advance(14_999);
    assert.ok(!second.elector.isLeader());
    await world.advance(3300);
    assert.ok(second.elector.isLeader());
  });

  test('is lost at once where another holds the Lease', async () => {
    const { world, leases, first } = await twoReplicas();
    const lease = leases.lease;
    assert.ok(lease !== undefined);
    leases.lease = {
      ...lease,
      metadata: { ...lease.metadata, resourceVersion: 'x' },
      spec: { ...lease.spec, holderIdentity: 'thief' },
    };
    await world.advance(2000);
    assert.equal(first.result, 'LeaseLost');
    assert.ok(!first.elector.isLeader());
    assert.equal(first.elector.leaderIdentity(), 'thief');
  });

  test('gives back at once a Lease that it got while it was told to end', async () => {
    const world = createFakeWorld();
    const leases = createFakeLeases();
    const replica = startReplica(leases, world, 'only');
    replica.client.travel = () => world.sleep(500);
    await world.advance(300);
    replica.stop.abort();
    await world.advance(5000);
    assert.equal(replica.result, 'released');
    assert.equal(replica.ending, undefined);
    assert.deepEqual(
      leases.writes.map(({ spec }) => spec?.holderIdentity),
      ['only', ''],
    );
  });

  test('ends quietly where this process is to end before it ever leads', async () => {
    const { world, second } = await twoReplicas();
    second.stop.abort();
    await settle();
    assert.equal(second.result, 'released');
    assert.equal(second.ending, undefined);
    await world.advance(60_000);
    assert.equal(second.ending, undefined);
  });
});
