import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findCondition, isTrue, nextCondition, timestamp, type Condition } from '../../../src/api/conditions.ts';

const then = '2026-01-01T00:00:00Z';
const now = Date.parse('2026-02-03T04:05:06.789Z');
const ready: Condition = { type: 'Ready', status: 'False', reason: 'Pending', message: 'wait', lastTransitionTime: then };
const update = { type: 'Ready', status: 'False', reason: 'Pending', message: 'wait' } as const;

describe('nextCondition', () => {
  const cases: readonly {
    readonly what: string;
    readonly before: readonly Condition[] | undefined;
    readonly status: Condition['status'];
    readonly time: string;
  }[] = [
    { what: 'stamps the first condition of its type', before: undefined, status: 'False', time: '2026-02-03T04:05:06Z' },
    {
      what: 'stamps a condition beside those of other types',
      before: [{ ...ready, type: 'Approved' }],
      status: 'False',
      time: '2026-02-03T04:05:06Z',
    },
    { what: 'keeps the time while the status stays', before: [ready], status: 'False', time: then },
    { what: 'stamps a change of the status', before: [ready], status: 'True', time: '2026-02-03T04:05:06Z' },
    {
      what: 'stamps where the time is missing',
      before: [{ type: 'Ready', status: 'False' }],
      status: 'False',
      time: '2026-02-03T04:05:06Z',
    },
  ];
  for (const { what, before, status, time } of cases) {
    test(what, () => {
      assert.deepEqual(nextCondition(before, { ...update, status }, now), { ...update, status, lastTransitionTime: time });
    });
  }

  test('keeps observedGeneration, which is not part of every kind', () => {
    assert.equal(nextCondition([ready], { ...update, observedGeneration: 7 }, now).observedGeneration, 7);
    assert.equal('observedGeneration' in nextCondition([ready], update, now), false);
  });

  test('cuts a message and a reason that are too long, and says so', () => {
    const { message, reason } = nextCondition([], { ...update, message: 'm'.repeat(5000), reason: 'R'.repeat(500) }, now);
    assert.equal(message, `${'m'.repeat(1023)}…`);
    assert.equal(reason?.length, 128);
  });

  test('makes the message one line without control characters', () => {
    const { message } = nextCondition([], { ...update, message: 'key "\u001b[31ma\u202e" \r\n\n is  wrong\ud800' }, now);
    assert.equal(message, String.raw`key "\u001b[31ma\u202e" is  wrong` + '\ufffd');
  });

  test('cuts no character in two', () => {
    const { message } = nextCondition([], { ...update, message: `${'m'.repeat(1022)}${'🔑'.repeat(9)}` }, now);
    assert.equal(message, `${'m'.repeat(1022)}…`);
    assert.ok(message.isWellFormed());
  });

  test('leaves a message of the full length as it is', () => {
    const message = 'm'.repeat(1024);
    assert.equal(nextCondition([], { ...update, message }, now).message, message);
  });
});

test('timestamp writes whole seconds in UTC', () => assert.equal(timestamp(now), '2026-02-03T04:05:06Z'));

test('findCondition and isTrue look for the type', () => {
  const conditions: readonly Condition[] = [ready, { type: 'Approved', status: 'True' }];
  assert.equal(findCondition(conditions, 'Ready'), ready);
  assert.equal(findCondition(conditions, 'Denied'), undefined);
  assert.equal(findCondition(undefined, 'Ready'), undefined);
  assert.equal(isTrue(conditions, 'Approved'), true);
  assert.equal(isTrue(conditions, 'Ready'), false);
  assert.equal(isTrue(undefined, 'Ready'), false);
});
