import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settle } from '../kube/support/fake-clock.ts';
import { createWatchedCluster, seen, type WatchedCluster } from './support/watched-cluster.ts';

const at = 'Secret team-a/ca';
const map = 'ConfigMap team-a/pki';

/** A cluster with {@link at} in version 5, which `issuer` follows in that version. */
async function followed(): Promise<WatchedCluster> {
  const cluster = createWatchedCluster();
  cluster.put(at, '5');
  cluster.watcher.follow('issuer', [seen(at, '5')]);
  await settle();
  return cluster;
}

function secretsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `Secret team-a/s${index}`);
}

describe('the reference watcher', () => {
  test('wakes a follower at another version than it read, and not at the one it read', async () => {
    const cluster = await followed();
    assert.deepEqual(cluster.wokenNow(), []);
    cluster.put(at, '6');
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
    cluster.watcher.follow('issuer', [seen(at, '6')]);
    cluster.put(at, '6');
    await settle();
    assert.deepEqual(cluster.wokenNow(), []);
  });

  test('wakes a follower at once where the first list shows another version than it read', async () => {
    const cluster = createWatchedCluster();
    cluster.put(at, '6');
    cluster.watcher.follow('issuer', [seen(at, '5')]);
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
  });

  test('wakes a follower of what was deleted between its reading and the first list', async () => {
    const cluster = createWatchedCluster();
    cluster.watcher.follow('issuer', [seen(at, '5'), seen(map, '')]);
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
  });

  test('wakes a new follower of what a running watch of the namespace knows to be gone, and not before its list', async () => {
    const cluster = createWatchedCluster();
    for (const secret of secretsOf(9)) cluster.put(secret, '5');
    cluster.watcher.follow(
      'issuer',
      secretsOf(9).map((secret) => seen(secret, '5')),
    );
    cluster.watcher.follow('early', [seen('Secret team-a/s8', '5')]);
    assert.deepEqual(cluster.wokenNow(), []);
    await settle();
    cluster.watcher.follow('late', [seen('Secret team-a/gone', '5'), seen('Secret team-a/s8', '5')]);
    assert.deepEqual(cluster.wokenNow(), ['late']);
  });

  test('wakes a follower when what was missing is there, and when it is gone', async () => {
    const cluster = createWatchedCluster();
    cluster.watcher.follow('issuer', [seen(at, '')]);
    await settle();
    assert.deepEqual(cluster.wokenNow(), []);
    cluster.put(at, '7');
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
    cluster.watcher.follow('issuer', [seen(at, '7')]);
    cluster.remove(at);
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
  });

  test('wakes a follower that could not read its object at a change only', async () => {
    const cluster = createWatchedCluster();
    cluster.put(at, '5');
    for (let reads = 0; reads < 3; reads += 1) {
      cluster.watcher.follow('issuer', [seen(at, undefined)]);
      await settle();
      assert.deepEqual(cluster.wokenNow(), []);
    }
    cluster.put(at, '6');
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
  });

  test('does not wake a follower again and again that has read what the watch has yet to see', async () => {
    const cluster = await followed();
    for (let reads = 0; reads < 3; reads += 1) {
      cluster.watcher.follow('issuer', [seen(at, '9')]);
      await settle();
      assert.deepEqual(cluster.wokenNow(), []);
    }
  });

  test('wakes a new follower of what a running watch has seen in another version', async () => {
    const cluster = await followed();
    cluster.put(at, '6');
    await settle();
    cluster.wokenNow();
    cluster.watcher.follow('second', [seen(at, '5')]);
    assert.deepEqual(cluster.wokenNow(), ['second']);
    cluster.watcher.follow('third', [seen(at, '6')]);
    await settle();
    assert.deepEqual(cluster.wokenNow(), []);
  });

  test('wakes those who read another version, of all who follow the object', async () => {
    const cluster = await followed();
    cluster.watcher.follow('other', [seen(at, '6'), seen(map, '')]);
    cluster.wokenNow();
    cluster.put(at, '6');
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
    assert.deepEqual(cluster.watches(), ['ConfigMap team-a metadata.name=pki', 'Secret team-a metadata.name=ca']);
  });

  test('takes a Secret and a ConfigMap of one name for two objects', async () => {
    const cluster = createWatchedCluster();
    cluster.put('ConfigMap team-a/x', '3');
    cluster.watcher.follow('issuer', [seen('Secret team-a/x', ''), seen('ConfigMap team-a/x', '3')]);
    await settle();
    cluster.put('ConfigMap team-a/x', '3');
    await settle();
    assert.deepEqual(cluster.wokenNow(), []);
    cluster.put('Secret team-a/x', '3');
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
  });

  test('watches up to eight objects of a namespace by name, then the namespace, then by name again', async () => {
    const cluster = createWatchedCluster();
    cluster.watcher.follow(
      'issuer',
      secretsOf(8).map((secret) => seen(secret, '')),
    );
    cluster.watcher.follow('elsewhere', [seen('Secret team-b/ca', '')]);
    await settle();
    assert.equal(cluster.watches().length, 9);
    cluster.watcher.follow('ninth', [seen('Secret team-a/s8', '')]);
    await settle();
    assert.deepEqual(cluster.watches(), ['Secret team-a', 'Secret team-b metadata.name=ca']);
    cluster.put('Secret team-a/s3', '4');
    cluster.put('Secret team-a/nobody-asked', '4');
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
    cluster.watcher.forget('ninth');
    await settle();
    assert.equal(cluster.watches().length, 9);
  });

  test('wakes nobody because it watches in another way', async () => {
    const cluster = createWatchedCluster();
    for (const secret of secretsOf(9)) cluster.put(secret, '5');
    for (const count of [8, 9, 8]) {
      cluster.watcher.follow(
        'issuer',
        secretsOf(count).map((secret) => seen(secret, '5')),
      );
      await settle();
      assert.deepEqual(cluster.wokenNow(), []);
    }
    cluster.put('Secret team-a/s0', '6');
    await settle();
    assert.deepEqual(cluster.wokenNow(), ['issuer']);
  });

  test('has one watch for what many follow, and none when the last of them is forgotten', async () => {
    const cluster = await followed();
    cluster.watcher.follow('other', [seen(at, '5')]);
    await settle();
    assert.deepEqual(cluster.watches(), ['Secret team-a metadata.name=ca']);
    cluster.watcher.forget('issuer');
    await settle();
    assert.equal(cluster.watches().length, 1);
    cluster.watcher.follow('other', []);
    await settle();
    assert.deepEqual(cluster.watches(), []);
    cluster.put(at, '6');
    assert.deepEqual(cluster.wokenNow(), []);
  });

  test('does not believe what a watch saw that has ended', async () => {
    const cluster = await followed();
    cluster.watcher.forget('issuer');
    cluster.forbidden = true;
    cluster.watcher.follow('issuer', [seen(at, '9')]);
    await settle();
    assert.deepEqual(cluster.wokenNow(), []);
  });

  test('tells those whom it concerns that it may not watch, and wakes nobody', async () => {
    const cluster = createWatchedCluster();
    for (const secret of [at, 'Secret team-b/ca']) cluster.put(secret, '5');
    cluster.forbidden = true;
    cluster.watcher.follow('issuer', [seen(at, '5')]);
    cluster.watcher.follow('elsewhere', [seen('Secret team-b/ca', '5')]);
    await settle();
    assert.deepEqual(cluster.troubled, ['issuer', 'elsewhere']);
    cluster.forbidden = false;
    await cluster.clock.advance(60_000);
    assert.equal(cluster.watches().length, 2);
    assert.deepEqual(cluster.wokenNow(), []);
  });

  for (const there of [true, false]) {
    test(`wakes those who could not read an object once its watch is permitted, ${there ? 'and' : 'though'} it is ${there ? '' : 'not '}there`, async () => {
      const cluster = createWatchedCluster();
      if (there) cluster.put(at, '5');
      cluster.forbidden = true;
      cluster.watcher.follow('issuer', [seen(at, undefined)]);
      await settle();
      assert.deepEqual(cluster.wokenNow(), []);
      cluster.forbidden = false;
      await cluster.clock.advance(60_000);
      assert.deepEqual(cluster.wokenNow(), ['issuer']);
    });
  }

  test('ends all its watches when it is closed', async () => {
    const cluster = await followed();
    cluster.watcher.follow('other', [seen(map, '')]);
    await settle();
    await cluster.watcher.close();
    assert.deepEqual(cluster.watches(), []);
  });
});
