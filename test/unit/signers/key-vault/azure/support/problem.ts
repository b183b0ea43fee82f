import assert from 'node:assert/strict';
import type { Result } from '../../../../../../src/lib/result.ts';
import type { VaultProblem } from '../../../../../../src/signers/key-vault/vault.ts';

/** The problem, which must have that code and those words, in whole sentences, and no token in it. */
export function problem(result: Result<unknown, VaultProblem>, code: VaultProblem['code'], words: RegExp): VaultProblem {
  assert.ok(!result.ok, 'there is an answer');
  assert.equal(result.error.code, code, result.error.message);
  assert.match(result.error.message, words);
  assert.match(result.error.message, /^[A-Z].*[.!?]"?$/);
  assert.ok(!/eyJ/.test(result.error.message), result.error.message);
  return result.error;
}
