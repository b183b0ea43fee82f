import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { askUntilDecided } from '../../../src/cli/ask-until-decided.ts';
import { checkRequest } from '../../../src/issuing/check-request.ts';
import type { Issued, SignOutcome } from '../../../src/signers/signer.ts';
import { createFakeSigner, type FakeSigner } from '../issuing/support/fake-signer.ts';
import { now, requestView } from '../issuing/support/views.ts';
import { outcomeOf, patientClock, type Outcome } from './support/cli.ts';

const issued: Issued = { outcome: 'issued', chainPem: 'a chain' };
const pending = (id: string, afterMs = 30_000): SignOutcome => ({ outcome: 'pending', id, afterMs });
const down: SignOutcome = { outcome: 'retry', code: 'CAUnavailable', message: 'Down.', afterMs: 5000 };

interface Asked {
  readonly fake: FakeSigner;
  readonly slept: readonly number[];
  readonly outcome: Outcome;
  readonly answer: Issued | undefined;
}

async function ask(
  outcomes: FakeSigner['outcomes'],
  timeoutMs = 300_000,
  signal = new AbortController().signal,
): Promise<Asked> {
  const fake = createFakeSigner();
  fake.outcomes.push(...outcomes);
  const request = checkRequest(requestView(), now);
  assert.ok(request.ok);
  const clock = patientClock();
  let answer: Issued | undefined;
  const outcome = await outcomeOf(
    async (deps) => {
      answer = await askUntilDecided(fake, request.value, timeoutMs, deps, {});
    },
    { clock, signal },
  );
  return { fake, slept: clock.slept, outcome, answer };
}

describe('a CA that decides later', () => {
  test('is polled until it does, by its last id, whatever passes meanwhile', async () => {
    const { fake, slept, outcome, answer } = await ask([pending('r-1'), pending('r-2'), down, issued]);
    assert.equal(answer, issued);
    assert.deepEqual(slept, [30_000, 30_000, 5000]);
    assert.deepEqual(fake.calls, ['sign uid-1', 'poll r-1', 'poll r-2', 'poll r-2']);
    assert.match(
      outcome.stderr,
      /^The CA has the request as "r-1" and decides later\. It is asked again until then, for 5m at most\.$/m,
    );
    assert.match(outcome.stderr, /^CAUnavailable: Down\. It is asked again\.$/m);
  });

  test('is not asked more than once a second', async () => {
    const { slept } = await ask([pending('r-1', 0), issued]);
    assert.deepEqual(slept, [1000]);
  });

  test('is asked once more when the time is over, and then given up', async () => {
    const { outcome, slept, fake } = await ask([pending('r-1'), pending('r-1'), down, pending('r-1'), pending('r-1')], 70_000);
    assert.deepEqual(slept.slice(0, 3), [30_000, 30_000, 5000]);
    assert.equal(slept.length, 4);
    assert.equal(fake.calls.length, 5);
    assert.match(
      outcome.error ?? '',
      /^Failed: the CA has not decided on request "r-1" within 1m10s \(--timeout\); it was asked last just now\. The controller would go on/,
    );
  });

  test('is asked at least once, at the end of a time that is shorter than its interval', async () => {
    const { outcome, slept, fake } = await ask([pending('r-1'), pending('r-1')], 5000);
    assert.deepEqual(fake.calls, ['sign uid-1', 'poll r-1']);
    assert.ok(slept.length === 1 && (slept[0] ?? 0) > 4000 && (slept[0] ?? 0) <= 5000, String(slept));
    assert.match(outcome.error ?? '', /not decided on request "r-1" within 5s \(--timeout\)/);
    assert.equal((await ask([pending('r-1'), issued], 5000)).answer, issued);
  });

  test('in trouble is not asked sooner than it wishes, which is said', async () => {
    const { outcome, fake } = await ask([pending('r-1', 1000), down], 3000);
    assert.equal(fake.calls.length, 2);
    assert.match(
      outcome.error ?? '',
      /is not to be asked again within 3s \(--timeout\)\. The last answer: CAUnavailable: Down\. The controller/,
    );
  });

  test('that refuses in the end has refused', async () => {
    const { outcome } = await ask([pending('r-1'), { outcome: 'failed', code: 'CARefused', message: 'No.' }]);
    assert.equal(outcome.error, 'Failed: CARefused: No. The controller would fail the request.');
  });

  test('is not waited for once the command is stopped', async () => {
    const stop = new AbortController();
    const stopped = (): SignOutcome => {
      stop.abort(new Error('stopped'));
      return pending('r-1', 1);
    };
    await assert.rejects(ask([stopped], 300_000, stop.signal), /^Error: stopped$/);
  });
});
