import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemOf } from '../../../../src/signers/key-vault/problems.ts';
import type { VaultProblem } from '../../../../src/signers/key-vault/vault.ts';
import { problem } from './support/fake-vault.ts';

const outcomes: Readonly<Record<VaultProblem['code'], readonly ['retry' | 'issuer-broken', string]>> = {
  NotFound: ['issuer-broken', 'ConfigError'],
  Forbidden: ['issuer-broken', 'CAAuthRefused'],
  Unusable: ['issuer-broken', 'KeyUnusable'],
  Unauthorized: ['issuer-broken', 'CAAuthRefused'],
  Throttled: ['retry', 'CAThrottled'],
  Unavailable: ['retry', 'CAUnavailable'],
  Refused: ['issuer-broken', 'ConfigError'],
  Unfit: ['issuer-broken', 'ConfigError'],
  Conflict: ['issuer-broken', 'ConfigError'],
  Invalid: ['retry', 'CAResponseInvalid'],
  CAUnreachable: ['retry', 'CAUnreachable'],
  CATimeout: ['retry', 'CATimeout'],
  TLSFailed: ['retry', 'TLSFailed'],
  ProxyFailed: ['retry', 'ProxyFailed'],
  CAAnswerTooLarge: ['retry', 'CAAnswerTooLarge'],
  AddressRefused: ['issuer-broken', 'AddressRefused'],
  RedirectRefused: ['issuer-broken', 'RedirectRefused'],
};

describe('a problem of a vault', () => {
  for (const [code, [outcome, counted]] of Object.entries(outcomes)) {
    test(`${code} is ${outcome} with ${counted}, and its message comes whole`, () => {
      const given = problem('keys/sign', { code: code as VaultProblem['code'] });
      assert.deepEqual(problemOf(given), { outcome, code: counted, message: given.message });
    });
  }

  test('has the time that the vault named, and its cause', () => {
    const cause = new Error('429');
    const counted = problemOf(problem('keys/sign', { code: 'Throttled', afterMs: 7000, cause }));
    assert.ok(counted.outcome === 'retry');
    assert.equal(counted.afterMs, 7000);
    assert.equal(counted.cause, cause);
  });

  test('is none of the key where a secret is disabled', () => {
    assert.equal(problemOf(problem('secrets/get', { code: 'Unusable' })).code, 'ConfigError');
  });
});
