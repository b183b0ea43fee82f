import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../../../src/lib/clock.ts';
import { createExchangeRecords } from '../../../../../src/signers/key-vault/azure/exchange-record.ts';
import { createTokens } from '../../../../../src/signers/key-vault/azure/tokens.ts';

const scope = 'https://vault.azure.net/.default';
const hour = 3_600_000;

/** Tokens of credentials that count themselves; `answers` are given one after the other, an error where one is undefined. */
function tokensOf(answers: readonly (number | undefined)[]) {
  let now = 1_000_000;
  let made = 0;
  let asked = 0;
  const tokens = createTokens({
    records: createExchangeRecords(),
    clock: { ...systemClock, now: () => now },
    make: () => {
      made += 1;
      return {
        getToken: async () => {
          const expiresOnTimestamp = answers[asked];
          asked += 1;
          if (expiresOnTimestamp === undefined) throw new Error('refused');
          return await Promise.resolve({ token: `token-${asked}`, expiresOnTimestamp });
        },
      };
    },
  });
  const take = async (): Promise<string | undefined> => (await tokens.getToken(scope))?.token;
  return { take, at: (time: number) => void (now = time), counts: () => ({ made, asked }) };
}

describe('a token that is kept', () => {
  test('is used until three minutes before its end, and then another is asked for of the same credential', async () => {
    const { take, at, counts } = tokensOf([hour, 2 * hour]);
    assert.equal(await take(), 'token-1');
    at(hour - 180_001);
    assert.equal(await take(), 'token-1');
    at(hour - 180_000);
    assert.equal(await take(), 'token-2');
    assert.deepEqual(counts(), { made: 1, asked: 2 });
  });

  test('is asked for of a new credential after a refusal', async () => {
    const { take, counts } = tokensOf([undefined, 2 * hour]);
    await assert.rejects(take());
    assert.equal(await take(), 'token-2');
    assert.deepEqual(counts(), { made: 2, asked: 2 });
  });
});
