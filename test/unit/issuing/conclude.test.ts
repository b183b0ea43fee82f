import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { boundedWait, conclude, type AttemptHistory, type RetryPolicy } from '../../../src/issuing/conclude.ts';
import { mustNotBeLost, type Conclusion, type StatusChange } from '../../../src/issuing/conclusion.ts';
import type { Retry } from '../../../src/signers/signer.ts';
import { now } from './support/views.ts';

const hour = 3_600_000;
const policy: RetryPolicy = { budgetMs: 24 * hour, minDelayMs: 5000, maxDelayMs: 600_000 };
const history: AttemptHistory = { firstTryAt: now - hour, failures: 0 };
const unreachable: Retry = { outcome: 'retry', code: 'CAUnavailable', message: 'The CA answered 503.' };

function retried(changes: Partial<Retry & AttemptHistory & RetryPolicy> = {}, random = 0.5): Conclusion {
  return conclude({ ...unreachable, ...changes }, { ...history, ...changes }, { ...policy, ...changes }, now, random);
}

function pendingOf({ status }: Conclusion): StatusChange & { readonly change: 'pending' } {
  assert.equal(status?.change, 'pending');
  return status;
}

describe('conclude', () => {
  test('fails at once what the signer says is impossible, in its words, and tells it in a Warning', () => {
    const conclusion = conclude(
      { outcome: 'failed', code: 'PolicyViolation', message: 'No wildcards here.' },
      history,
      policy,
      now,
      0,
    );
    assert.deepEqual(conclusion, {
      status: { change: 'failed', code: 'PolicyViolation', message: 'No wildcards here.' },
      notices: [{ type: 'Warning', reason: 'PolicyViolation', note: 'No wildcards here.' }],
    });
  });

  const budgets: readonly (readonly [string, number, number, 'pending' | 'failed'])[] = [
    ['a first attempt', 24 * hour, 0, 'pending'],
    ['an attempt just before the budget ends', 24 * hour, 24 * hour - 1, 'pending'],
    ['an attempt at the end of the budget', 24 * hour, 24 * hour, 'failed'],
    ['an attempt after the budget', 60_000, hour, 'failed'],
    ['any attempt where the budget is 0, however late', 0, 10_000 * hour, 'pending'],
    ['an attempt whose first try is in the future, for clocks differ', 60_000, -hour, 'pending'],
  ];
  test('a poll that fails does not end a request that the CA has had for longer than the budget', () => {
    const outcome = { outcome: 'retry', code: 'CAUnreachable', message: 'Nothing listens there.' } as const;
    const long = { firstTryAt: now - 48 * hour, failures: 0, caRequestId: 'order-1' };
    const { status } = conclude(outcome, long, policy, now, 0.5);
    assert.ok(status?.change === 'pending' && status.signing?.caRequestId === 'order-1');
  });

  for (const [what, budgetMs, spent, change] of budgets) {
    test(`lets ${what} end ${change}`, () => {
      assert.equal(retried({ budgetMs, firstTryAt: now - spent }).status?.change, change);
    });
  }

  test('says when it gives up: how long it tried, the field that says so, and what happened last', () => {
    const { status } = retried({ budgetMs: 2 * hour, firstTryAt: now - 3 * hour });
    assert.deepEqual(status, {
      change: 'failed',
      code: 'CAUnavailable',
      message: 'Given up after 3h (spec.retry.budget of the issuer is 2h); the last attempt: The CA answered 503.',
    });
  });

  const limits: readonly (readonly [string, number | undefined, AttemptHistory['alike'], 'pending' | 'failed'])[] = [
    ['the last of three attempts', 3, { code: unreachable.code, count: 2 }, 'failed'],
    ['one after the last, say because the limit is another one now', 3, { code: unreachable.code, count: 7 }, 'failed'],
    ['the second of three', 3, { code: unreachable.code, count: 1 }, 'pending'],
    ['the first of three after others that failed otherwise', 3, { code: 'CATimeout', count: 9 }, 'pending'],
    ['the first of one', 1, undefined, 'failed'],
    ['any attempt where the signer sets no limit', undefined, { code: unreachable.code, count: 99 }, 'pending'],
  ];
  for (const [what, mostAttempts, alike, change] of limits) {
    test(`lets ${what} that fail alike end ${change}`, () => {
      const outcome = mostAttempts === undefined ? unreachable : { ...unreachable, mostAttempts };
      const past = { ...history, failures: 9, ...(alike === undefined ? {} : { alike }) };
      assert.equal(conclude(outcome, past, policy, now, 0.5).status?.change, change);
    });
  }

  test('says how often it tried where the signer limits that', () => {
    const past = { ...history, failures: 2, alike: { code: 'CAResponseInvalid', count: 2 } };
    const outcome: Retry = { outcome: 'retry', code: 'CAResponseInvalid', message: 'No certificate.', mostAttempts: 3 };
    assert.deepEqual(conclude(outcome, past, policy, now, 0.5).status, {
      change: 'failed',
      code: 'CAResponseInvalid',
      message: 'Given up after 3 attempts that failed alike: No certificate.',
    });
  });

  test('says what happened and when the next try is', () => {
    const conclusion = retried();
    assert.equal(conclusion.requeueAfterMs, 3750);
    const { message, nextTryAt, signing } = pendingOf(conclusion);
    assert.equal(message, 'The CA answered 503. Next try at 2027-01-15T08:00:03Z.');
    assert.equal(nextTryAt, now + 3750);
    assert.deepEqual(signing, { firstTry: '2027-01-15T07:00:00.000Z' });
    assert.deepEqual(conclusion.notices, [{ type: 'Warning', reason: 'CAUnavailable', note: message }]);
  });

  test('waits as long as the CA asks where that is longer than the backoff', () => {
    assert.equal(retried({ afterMs: 90_000 }).requeueAfterMs, 90_000);
    assert.equal(retried({ afterMs: 1 }).requeueAfterMs, 3750);
  });

  test('keeps the backoff between half of the doubled delay and all of it, and within the longest', () => {
    const delays = fc.record({
      minDelayMs: fc.integer({ min: 1, max: hour }),
      maxDelayMs: fc.integer({ min: 1, max: 24 * hour }),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(delays, fc.nat(5000), random, ({ minDelayMs, maxDelayMs }, failures, jitter) => {
        const full = Math.min(maxDelayMs, minDelayMs * 2 ** failures);
        const wait = retried({ minDelayMs, maxDelayMs, failures }, jitter).requeueAfterMs ?? Number.NaN;
        assert.ok(wait >= full / 2 && wait <= full, `${wait} is not within ${full / 2} and ${full}`);
      }),
    );
  });

  test('survives every number a CA may send for when to come back', () => {
    fc.assert(
      fc.property(fc.double(), fc.constantFrom('retry', 'pending'), (afterMs, outcome) => {
        const conclusion =
          outcome === 'retry'
            ? retried({ afterMs })
            : conclude({ outcome: 'pending', id: 'a', afterMs }, history, policy, now, 0.5);
        const wait = conclusion.requeueAfterMs ?? Number.NaN;
        assert.ok(wait >= 1000 && wait <= 24 * hour, `${afterMs} became ${wait}`);
      }),
    );
    assert.equal(boundedWait(Number.POSITIVE_INFINITY, 5), 24 * hour);
    assert.equal(boundedWait(Number.NaN, 5), 5);
    assert.equal(boundedWait(undefined, 5), 5);
  });

  test('keeps the id of a request that the CA has when a poll fails: else it would be ordered again', () => {
    const { signing } = pendingOf(retried({ caRequestId: 'order-7' }));
    assert.deepEqual(signing, { firstTry: '2027-01-15T07:00:00.000Z', caRequestId: 'order-7' });
  });

  test('remembers the id of a request that the CA decides about later, and when it was first tried', () => {
    const conclusion = conclude({ outcome: 'pending', id: 'order-7', afterMs: 20_000 }, history, policy, now, 0);
    const { code, message, signing, nextTryAt } = pendingOf(conclusion);
    assert.equal(code, 'PendingAtCA');
    assert.equal(
      message,
      'The CA has accepted the request as "order-7" and will decide later; it is asked again until it does.',
    );
    assert.deepEqual(signing, { firstTry: '2027-01-15T07:00:00.000Z', caRequestId: 'order-7' });
    assert.equal(nextTryAt, undefined);
    assert.equal(conclusion.requeueAfterMs, 20_000);
  });

  for (const [id, named] of [
    ['x'.repeat(65), ` as "${'x'.repeat(64)}…"`],
    ['a\u001b[31m', ''],
  ] as const) {
    test(`names ${named === '' ? 'no id that is not printable' : 'the beginning of a long id'}`, () => {
      const { message } = pendingOf(conclude({ outcome: 'pending', id, afterMs: 1 }, history, policy, now, 0));
      assert.ok(message.startsWith(`The CA has accepted the request${named} and will`), message);
    });
  }

  for (const [what, id] of [
    ['an empty id', ''],
    ['an id of 513 characters', 'x'.repeat(513)],
    ['an id that takes more than 1 KiB to write', '\u0000'.repeat(300)],
  ] as const) {
    test(`fails a request for which the CA gives ${what}, for it could not be asked for again`, () => {
      const { status } = conclude({ outcome: 'pending', id, afterMs: 1 }, history, policy, now, 0);
      assert.equal(status?.change, 'failed');
      assert.equal(status.code, 'CAResponseInvalid');
    });
  }
});

describe('mustNotBeLost', () => {
  const signing = { firstTry: new Date(now).toISOString() };
  const cases: readonly (readonly [string, StatusChange, boolean])[] = [
    ['a certificate', { change: 'issued', chainPem: '' }, true],
    ['a failure', { change: 'failed', code: 'X', message: '' }, true],
    [
      'a request that the CA has',
      { change: 'pending', code: 'PendingAtCA', message: '', signing: { ...signing, caRequestId: '1' } },
      true,
    ],
    ['an attempt that is repeated later', { change: 'pending', code: 'CAUnavailable', message: '', signing }, true],
    ['a wait for an issuer', { change: 'pending', code: 'IssuerNotFound', message: '' }, false],
  ];
  for (const [what, change, expected] of cases) {
    test(`${expected ? 'keeps' : 'does not keep'} ${what} until it is written`, () =>
      assert.equal(mustNotBeLost(change), expected));
  }
});
