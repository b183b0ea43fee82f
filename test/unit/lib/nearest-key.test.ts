import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nearestKey } from '../../../src/lib/nearest-key.ts';

describe('nearestKey', () => {
  const known = ['keyAlgorithm', 'keySize', 'validity', 'url'];
  const cases: readonly { readonly what: string; readonly key: string; readonly meant: string | undefined }[] = [
    { what: 'a wrong letter', key: 'keySise', meant: 'keySize' },
    { what: 'a missing letter', key: 'keyAlgoritm', meant: 'keyAlgorithm' },
    { what: 'a letter too many', key: 'validitty', meant: 'validity' },
    { what: 'two letters swapped in a short key', key: 'ulr', meant: 'url' },
    { what: 'another case', key: 'KEYSIZE', meant: 'keySize' },
    { what: 'snake case', key: 'key_algorithm', meant: 'keyAlgorithm' },
    { what: 'kebab case', key: 'key-size', meant: 'keySize' },
    { what: 'nothing alike', key: 'password', meant: undefined },
    { what: 'an empty key', key: '', meant: undefined },
    { what: 'a key too long to be one of ours', key: 'keySize'.repeat(1000), meant: undefined },
  ];
  for (const { what, key, meant } of cases) {
    test(`finds ${meant ?? 'nothing'} for ${what}`, () => assert.equal(nearestKey(key, known), meant));
  }

  test('prefers the nearest of several that are near', () => {
    assert.equal(nearestKey('maxDely', ['minDelay', 'maxDelay']), 'maxDelay');
  });
});
