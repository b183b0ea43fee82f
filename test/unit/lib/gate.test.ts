import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createGate } from '../../../src/lib/gate.ts';

describe('a gate', () => {
  test('lets no more through at once than it is wide, in the order they came, and loses none that fails', async () => {
    const gate = createGate(2);
    const started: number[] = [];
    let inside = 0;
    let most = 0;
    const work = async (index: number): Promise<number> =>
      await gate(async () => {
        started.push(index);
        most = Math.max(most, (inside += 1));
        await Promise.resolve();
        inside -= 1;
        if (index % 3 === 0) throw new Error(`work ${index}`);
        return index;
      });
    const outcomes = await Promise.allSettled(Array.from({ length: 9 }, async (_, index) => await work(index)));
    assert.equal(most, 2);
    assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(
      outcomes.map(({ status }) => status[0]),
      ['r', 'f', 'f', 'r', 'f', 'f', 'r', 'f', 'f'],
    );
    assert.equal(await work(10), 10);
  });
});
