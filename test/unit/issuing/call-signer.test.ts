import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callSigner } from '../../../src/issuing/call-signer.ts';
import type { CallContext } from '../../../src/signers/signer.ts';
import { createFakeClock } from '../kube/support/fake-clock.ts';

const forever = new AbortController().signal;

/** As a fetch does: it rejects when it is aborted. */
async function hang({ signal }: CallContext): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

describe('callSigner', () => {
  test('gives what the signer answers, and leaves no timer', async () => {
    const clock = createFakeClock();
    assert.equal(await callSigner({}, clock, async () => 'signed', forever), 'signed');
    await clock.advance(0);
    assert.equal(clock.sleeping, 0);
  });

  for (const [what, call] of [
    ['heeds its signal', hang],
    ['never ends', async () => await new Promise<never>(() => {})],
  ] as const) {
    test(`turns a call that ${what} into a retry at its deadline`, async () => {
      const clock = createFakeClock();
      const called = callSigner({}, clock, call, forever);
      await clock.advance(60_000);
      const outcome = await called;
      assert.equal(outcome.outcome, 'retry');
      assert.equal(outcome.code, 'CATimeout');
      assert.equal(outcome.message, 'The CA did not answer within 60 s.');
      assert.ok(outcome.cause instanceof Error);
    });
  }

  test('gives a call as long as its signer says', async () => {
    const clock = createFakeClock();
    let ended = false;
    const called = callSigner({ callTimeoutMs: 90_000 }, clock, hang, forever).finally(() => (ended = true));
    await clock.advance(89_999);
    assert.equal(ended, false);
    await clock.advance(1);
    assert.equal((await called).message, 'The CA did not answer within 90 s.');
  });

  test('throws on what is thrown because the process ends', async () => {
    const ending = new AbortController();
    const call = callSigner({}, createFakeClock(), hang, ending.signal);
    ending.abort(new Error('the end'));
    await assert.rejects(call, /the end/);
  });

  test('throws on what a signer throws by mistake', async () => {
    const mistake = new TypeError('x is undefined');
    const call = callSigner({}, createFakeClock(), async () => await Promise.reject(mistake), forever);
    await assert.rejects(call, mistake);
  });
});
