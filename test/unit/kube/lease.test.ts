import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canAcquire, heldSpec, microTime, observe, releasedSpec, type LeaseSpec } from '../../../src/kube/lease.ts';

const theirs: LeaseSpec = {
  holderIdentity: 'them',
  leaseDurationSeconds: 15,
  acquireTime: '2026-01-01T00:00:00.000000Z',
  renewTime: '2026-01-01T00:00:10.000000Z',
  leaseTransitions: 3,
};

describe('a Lease', () => {
  const cases: readonly (readonly [what: string, spec: LeaseSpec, age: number, free: boolean])[] = [
    ['that has no record', {}, 0, true],
    ['that was given back', releasedSpec(theirs, 0), 0, true],
    ['that is held', theirs, 0, false],
    ['whose holder has been silent for nearly its duration', theirs, 14_999, false],
    ['whose holder has been silent for its duration', theirs, 15_000, true],
    ['that carries our own name', { ...theirs, holderIdentity: 'us' }, 0, true],
    ['whose holder set no duration', { holderIdentity: 'them' }, 0, true],
    ['that the clock of its holder calls long expired', { ...theirs, renewTime: '1999-01-01T00:00:00.000000Z' }, 0, false],
    ['that the clock of its holder dates to the future', { ...theirs, renewTime: '2999-01-01T00:00:00.000000Z' }, 15_000, true],
  ];
  for (const [what, spec, age, free] of cases) {
    test(`${what} may ${free ? '' : 'not '}be taken`, () => {
      assert.equal(canAcquire({ spec, at: 1000 }, 'us', 1000 + age), free);
    });
  }

  test('keeps the time it was first seen until its record changes', () => {
    const first = observe(undefined, theirs, 5);
    assert.deepEqual(first, { spec: theirs, at: 5 });
    assert.equal(observe(first, { ...theirs }, 9).at, 5);
    for (const [field, value] of Object.entries({
      holderIdentity: 'x',
      renewTime: 'x',
      acquireTime: 'x',
      leaseTransitions: 4,
    })) {
      assert.equal(observe(first, { ...theirs, [field]: value }, 9).at, 9, field);
    }
    assert.equal(observe(first, { ...theirs, leaseDurationSeconds: 1 }, 9).at, 9);
  });
});

describe('the record that is written', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const time = '2026-01-02T03:04:05.678000Z';

  test('has times of six digits', () => {
    assert.equal(microTime(now), time);
  });

  test('counts no transition for the first holder and one for each further', () => {
    const ours = { holderIdentity: 'us', leaseDurationSeconds: 15, acquireTime: time, renewTime: time };
    assert.deepEqual(heldSpec(undefined, 'us', 15_000, now), { ...ours, leaseTransitions: 0 });
    assert.deepEqual(heldSpec(theirs, 'us', 14_500, now), { ...ours, leaseTransitions: 4 });
    assert.equal(heldSpec(releasedSpec(theirs, 0), 'us', 15_000, now).leaseTransitions, 4);
  });

  test('keeps the time of acquisition at a renewal', () => {
    const mine = { ...theirs, holderIdentity: 'us' };
    assert.deepEqual(heldSpec(mine, 'us', 15_000, now), { ...mine, renewTime: time });
  });

  test('of a Lease given back names nobody and lasts a second', () => {
    const expected = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time, leaseTransitions: 3 };
    assert.deepEqual(releasedSpec(theirs, now), expected);
  });
});
