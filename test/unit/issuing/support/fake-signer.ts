import assert from 'node:assert/strict';
import type { Caveat, CheckOutcome, Signer, SignOutcome } from '../../../../src/signers/signer.ts';

/** A signer that plays a script: it fails the test on any call that was not expected. */
export interface FakeSigner extends Signer {
  /** What the next calls of sign and poll answer; a function may throw, or do something meanwhile. */
  readonly outcomes: (SignOutcome | (() => SignOutcome | Promise<SignOutcome>))[];
  /** What the next checks answer. */
  readonly checks: (CheckOutcome | (() => CheckOutcome | Promise<CheckOutcome>))[];
  readonly caveats: Caveat[];
  /** The calls: `sign <idempotency key>`, `poll <id>`, `check`, `close`. */
  readonly calls: string[];
  /** The calls since it was asked last. */
  callsNow(): readonly string[];
}

/** Makes a signer without a script. */
export function createFakeSigner(): FakeSigner {
  const [outcomes, checks, calls]: [FakeSigner['outcomes'], FakeSigner['checks'], string[]] = [[], [], []];

  async function play<T>(script: (T | (() => T | Promise<T>))[], call: string): Promise<T> {
    calls.push(call);
    const next = script.shift();
    assert.ok(next !== undefined, `the signer did not expect: ${call}`);
    return typeof next === 'function' ? await (next as () => T | Promise<T>)() : next;
  }

  return {
    outcomes,
    checks,
    calls,
    caveats: [],
    callsNow: () => calls.splice(0),
    sign: async ({ idempotencyKey }) => await play(outcomes, `sign ${idempotencyKey}`),
    poll: async (id) => await play(outcomes, `poll ${id}`),
    check: async () => await play(checks, 'check'),
    async close() {
      calls.push('close');
    },
  };
}

export const healthy: CheckOutcome = { outcome: 'healthy', message: 'The CA answers.' };
