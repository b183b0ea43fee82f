import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createByteSearch } from '../../../../../src/signers/http-pki/config/byte-search.ts';

test('a search finds the longest of the patterns that end at each byte', () => {
  const few = (minLength: number, maxLength: number): fc.Arbitrary<readonly number[]> =>
    fc.array(fc.constantFrom(0, 1, 255), { minLength, maxLength });
  fc.assert(
    fc.property(fc.array(few(1, 6), { maxLength: 8 }), few(0, 40), (patterns, text) => {
      const found: (readonly [number, number])[] = [];
      createByteSearch(patterns.map((each) => Uint8Array.from(each))).find(Uint8Array.from(text), (first, last) => {
        found.push([first, last]);
      });
      const expected = text.flatMap((_, last) => {
        const before = text.slice(0, last + 1);
        const lengths = patterns
          .filter((each) => each.join() === before.slice(-each.length).join())
          .map(({ length }) => length);
        return lengths.length === 0 ? [] : [[last + 1 - Math.max(...lengths), last] as const];
      });
      assert.deepEqual(found, expected);
    }),
  );
});
