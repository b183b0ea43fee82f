import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Fault } from '../key-vault/administration.ts';
import { startVaultOfCas } from './key-vault-ca.ts';
import { FreshCa } from './key-vault-fresh-ca.ts';

const cas = await startVaultOfCas();
const { double } = cas;
after(async () => await cas.close());

describe('a Key Vault that refuses or fails', () => {
  const fresh = new FreshCa(cas, 'faults');

  const faults: readonly (readonly [string, Fault, 'retry' | 'issuer-broken', string])[] = [
    ['403', { kind: 'status', status: 403, inner: 'ForbiddenByRbac' }, 'issuer-broken', 'CAAuthRefused'],
    ['401', { kind: 'status', status: 401 }, 'issuer-broken', 'CAAuthRefused'],
    ['429', { kind: 'status', status: 429, retryAfter: 7 }, 'retry', 'CAThrottled'],
    ['500', { kind: 'status', status: 500 }, 'retry', 'CAUnavailable'],
    ['400', { kind: 'status', status: 400 }, 'issuer-broken', 'ConfigError'],
    ['a connection that ends', { kind: 'cut' }, 'retry', 'CAUnreachable'],
    ['an answer that ends', { kind: 'cutMiddle' }, 'retry', 'CAUnreachable'],
    ['something else', { kind: 'garbage' }, 'retry', 'CAResponseInvalid'],
    ['far too much', { kind: 'huge', bytes: 2 * 1024 * 1024 }, 'retry', 'CAAnswerTooLarge'],
    ['a wrong signature', { kind: 'wrongSignature' }, 'issuer-broken', 'CAResponseInvalid'],
  ];
  for (const [what, fault, outcome, code] of faults) {
    test(`with ${what} when it is to sign: ${outcome}, ${code}`, async () => {
      await fresh.healthy();
      await double.fault('keys/sign', fault);
      const came = await fresh.sign();
      assert.deepEqual([came.outcome, 'code' in came ? came.code : ''], [outcome, code], JSON.stringify(came));
      if (came.outcome === 'retry' && code === 'CAThrottled') assert.equal(came.afterMs, 7000);
      assert.ok(!('requestSuspected' in came), 'no request fails for it');
      await double.clearFaults();
      await fresh.signed();
    });
  }

  test('its tokens has new ones taken, and signs', async () => {
    await fresh.healthy();
    await cas.revokeTokens();
    await double.clearJournal();
    await fresh.signed();
    const counts = await double.counts();
    assert.deepEqual([counts['token 200'], counts['keys/sign 200']], [1, 1], JSON.stringify(counts));
  });

  const rights = ['keys/get', 'keys/sign', 'secrets/get'] as const;
  for (const missing of rights) {
    test(`for want of ${missing} makes the check say which right that is`, async () => {
      await fresh.permit(rights.filter((right) => right !== missing));
      const check = await fresh.broken();
      assert.equal(check.code, 'CAAuthRefused', check.message);
      const kind = missing === 'secrets/get' ? 'Secrets' : 'Crypto';
      assert.match(check.message, new RegExp(`Key Vault ${kind} User`));
    });
  }

  const attributes = [
    ['disabled', { enabled: false }],
    ['expired', { exp: Math.floor(Date.now() / 1000) - 60 }],
    ['without the right to sign', { keyOps: ['verify'] }],
  ] as const;
  for (const [what, change] of attributes) {
    test(`because the key is ${what}: signing and the check say KeyUnusable`, async () => {
      await fresh.healthy();
      await double.setKeyAttributes(fresh.name, change);
      const came = await fresh.sign();
      assert.equal(came.outcome === 'issuer-broken' && came.code, 'KeyUnusable', JSON.stringify(came));
      const check = await fresh.broken();
      assert.equal(check.code, 'KeyUnusable', check.message);
    });
  }

  test('because the key is deleted: the issuer is broken, and the message says how to recover it', async () => {
    await fresh.healthy();
    await double.deleteKey(fresh.name);
    const came = await fresh.sign();
    assert.ok(came.outcome === 'issuer-broken' && came.code === 'ConfigError', JSON.stringify(came));
    assert.match(came.message, /recover/);
  });
});
