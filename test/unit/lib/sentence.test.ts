import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ended, sentence } from '../../../src/lib/sentence.ts';

const clauses: readonly (readonly [string, string])[] = [
  ['the key cannot be read', 'The key cannot be read.'],
  ['refused.', 'Refused.'],
  ['refused: why', 'Refused: why.'],
  ['pki.steps[0]: is wrong', 'pki.steps[0]: is wrong.'],
  ['keyVault.vaultUrl is wrong', 'keyVault.vaultUrl is wrong.'],
  ['https://a.test does not answer', 'https://a.test does not answer.'],
  ['0a1b: is not there', '0a1b: is not there.'],
  ['it says "no."', 'It says "no."'],
];
for (const [clause, whole] of clauses) {
  test(`is a sentence: ${clause}`, () => assert.equal(sentence(clause), whole));
}

test('ends where it has ended', () => assert.deepEqual(['Yes!', 'Yes', 'Yes.'].map(ended), ['Yes!', 'Yes.', 'Yes.']));
