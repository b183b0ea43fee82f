import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createWorkQueue, type WorkQueue } from '../../../src/kube/workqueue.ts';
import { systemClock } from '../../../src/lib/clock.ts';

const backoff = { baseMs: 100, maxMs: 1000 };

/** A queue on a time that only `pass` moves; random is the highest, so a backoff is its ceiling. */
function startQueue(t: TestContext): { queue: WorkQueue; pass: (ms: number) => void } {
  let time = 0;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = { ...systemClock, monotonic: () => time };
  return {
    queue: createWorkQueue({ clock, random: () => 1, backoff }),
    pass(ms) {
      for (let step = 0; step < ms; step += 1) {
        time += 1;
        t.mock.timers.tick(1);
      }
    },
  };
}

async function settled<T>(promise: Promise<T>): Promise<T | 'waits'> {
  const later = new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')));
  return await Promise.race([promise, later]);
}

/** Takes all keys that wait now and gives them back. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = await queue.take();
    assert.ok(key !== undefined);
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('a work queue', () => {
  test('gives a key that failed not before the time it was asked for, nor before its backoff', async (t) => {
    const { queue, pass } = startQueue(t);
    queue.addFailed('told', 7000);
    queue.addFailed('failed', 5);
    pass(99);
    assert.deepEqual(await drain(queue), []);
    pass(1);
    assert.deepEqual(await drain(queue), ['failed']);
    pass(6899);
    assert.deepEqual(await drain(queue), []);
    pass(1);
    assert.deepEqual(await drain(queue), ['told']);
  });

  test('gives each key once, in the order of adding', async (t) => {
    const { queue } = startQueue(t);
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    assert.equal(queue.depth, 3);
    assert.deepEqual(await drain(queue), ['a', 'b', 'c']);
  });

  test('gives a key to a taker that waits already, and each taker another key', async (t) => {
    const { queue } = startQueue(t);
    const takers = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('a');
    queue.add('b');
    assert.deepEqual(await Promise.all(takers), ['a', 'b']);
  });

  test('gives a key that is worked on to nobody else, and once more when it is done', async (t) => {
    const { queue } = startQueue(t);
    queue.add('a');
    assert.equal(await queue.take(), 'a');
    queue.add('a');
    queue.add('a');
    const next = queue.take();
    assert.equal(await settled(next), 'waits');
    queue.done('a');
    assert.equal(await settled(next), 'a');
    queue.done('a');
    assert.equal(queue.depth, 0);
  });

  const timings: readonly { name: string; delays: readonly number[]; due: number }[] = [
    { name: 'after its time', delays: [50], due: 50 },
    { name: 'at the earlier time where that comes second', delays: [50, 20], due: 20 },
    { name: 'at the earlier time where that comes first', delays: [20, 50], due: 20 },
    { name: 'at once where the time is over', delays: [50, -1], due: 0 },
    { name: 'at once where the time is 0', delays: [0, 50], due: 0 },
  ];
  for (const { name, delays, due } of timings) {
    test(`adds a key ${name}`, async (t) => {
      const { queue, pass } = startQueue(t);
      for (const delay of delays) queue.addAfter('a', delay);
      if (due > 0) pass(due - 1);
      assert.equal(queue.depth, due > 0 ? 0 : 1);
      if (due > 0) pass(1);
      assert.deepEqual(await drain(queue), ['a']);
    });
  }

  test('adds a key only once where it was added meanwhile', async (t) => {
    const { queue, pass } = startQueue(t);
    queue.addAfter('a', 50);
    queue.add('a');
    assert.deepEqual(await drain(queue), ['a']);
    pass(100);
    assert.equal(queue.depth, 0);
  });

  test('adds a key whose time comes while it is worked on when that is done', async (t) => {
    const { queue, pass } = startQueue(t);
    queue.add('a');
    await queue.take();
    queue.addAfter('a', 10);
    pass(10);
    assert.equal(queue.depth, 0);
    queue.done('a');
    assert.equal(queue.depth, 1);
  });

  test('does not add a key at once whose time is beyond what a timer holds', (t) => {
    const { queue, pass } = startQueue(t);
    queue.addAfter('a', 2 ** 40);
    queue.addAfter('b', Infinity);
    pass(10);
    assert.equal(queue.depth, 0);
  });

  test('waits for longer after each failure, to a limit, and starts anew after forget', (t) => {
    const { queue, pass } = startQueue(t);
    const waits: number[] = [];
    const wait = (): void => {
      let passed = 0;
      queue.addFailed('a');
      for (; queue.depth === 0; passed += 1) pass(1);
      waits.push(passed);
      void queue.take();
      queue.done('a');
    };
    for (let failure = 0; failure < 6; failure += 1) wait();
    queue.forget('a');
    wait();
    assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000, 100]);
  });

  test('tells its depth and for how long the oldest key waits', async (t) => {
    const { queue, pass } = startQueue(t);
    assert.deepEqual([queue.depth, queue.oldestAgeMs()], [0, 0]);
    queue.add('a');
    pass(30);
    queue.add('b');
    queue.add('a');
    queue.addAfter('c', 500);
    assert.deepEqual([queue.depth, queue.oldestAgeMs()], [2, 30]);
    await queue.take();
    pass(5);
    assert.deepEqual([queue.depth, queue.oldestAgeMs()], [1, 5]);
  });

  test('that shuts down sends its takers away, forgets what waits and takes nothing more', async (t) => {
    const { queue, pass } = startQueue(t);
    queue.add('working');
    await queue.take();
    const takers = [queue.take(), queue.take()];
    queue.add('working');
    queue.addAfter('later', 10);
    queue.shutDown();
    assert.deepEqual(await Promise.all(takers), [undefined, undefined]);
    queue.done('working');
    queue.add('new');
    queue.addAfter('new', 1);
    queue.addFailed('new');
    pass(5000);
    assert.equal(queue.depth, 0);
    assert.equal(await queue.take(), undefined);
  });

  test('that shuts down leaves no timer that keeps the process alive', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const queue = createWorkQueue({ clock: systemClock, random: Math.random, backoff });
    queue.addAfter('a', 3_600_000);
    queue.addAfter('a', 1_800_000);
    queue.addFailed('b');
    assert.equal(timers(), before + 2);
    queue.shutDown();
    queue.addAfter('c', 1000);
    assert.equal(timers(), before);
  });

  test('never loses a key and never gives out one that is worked on, whatever is added and done when', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({ act: fc.constant('add' as const), key }),
      fc.record({ act: fc.constant('done' as const), key }),
      fc.record({ act: fc.constant('take' as const), key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = createWorkQueue({ clock: systemClock, random: () => 0.5, backoff });
        const owed = new Set<string>();
        const working = new Set<string>();
        const take = async (): Promise<void> => {
          const taken = await queue.take();
          assert.ok(taken !== undefined && owed.delete(taken), `${taken} was not added since it was taken last`);
          assert.ok(!working.has(taken), `${taken} is worked on already`);
          working.add(taken);
        };
        const finish = (each: string): void => {
          if (working.delete(each)) queue.done(each);
        };
        for (const { act, key: each } of steps) {
          if (act === 'add') {
            queue.add(each);
            owed.add(each);
          } else if (act === 'done') finish(each);
          else if (queue.depth > 0) await take();
          assert.equal(queue.depth, [...owed].filter((one) => !working.has(one)).length);
        }
        for (const each of working) finish(each);
        while (queue.depth > 0) await take();
        assert.deepEqual([...owed], []);
      }),
      { numRuns: 300 },
    );
  });
});
