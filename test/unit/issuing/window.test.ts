import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { halvingsAfter, windowOf, type Answer } from '../../../src/issuing/window.ts';

function windowsOf(most: number, answers: readonly Answer[]): readonly number[] {
  let halvings = 0;
  return answers.map((answer) => {
    halvings = halvingsAfter(answer, halvings, most);
    return windowOf(most, halvings);
  });
}

describe('the requests that may be with a CA at once', () => {
  const cases: readonly (readonly [string, number, readonly Answer[], readonly number[]])[] = [
    ['are halved by each that is not answered in time, down to one', 32, Array(7).fill('timeout'), [16, 8, 4, 2, 1, 1, 1]],
    [
      'are doubled by each that is answered, up to the limit of the issuer',
      8,
      ['timeout', 'timeout', 'timeout', 'timeout', 'answered', 'answered', 'answered', 'answered'],
      [4, 2, 1, 1, 2, 4, 8, 8],
    ],
    ['are an odd limit again after it was halved', 5, ['timeout', 'timeout', 'answered', 'answered'], [2, 1, 2, 5]],
    ['stay one where the limit is one', 1, ['timeout', 'answered'], [1, 1]],
    ['stay at the limit while all are answered', 32, ['answered', 'answered'], [32, 32]],
  ];
  for (const [what, most, answers, windows] of cases) {
    test(what, () => assert.deepEqual(windowsOf(most, answers), windows));
  }
});
