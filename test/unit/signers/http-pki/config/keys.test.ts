import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { pkiSchema } from '../../../../../src/signers/http-pki/schema/schema.ts';
import { keyCases, refusedCases } from './support/key-cases.ts';
import { behaviourOf, makeKeyMaterial, type KeyMaterial } from './support/key-world.ts';
import { schemaKeys } from './support/schema-keys.ts';

const refused = /^refused: /;

describe('every key of the block', () => {
  let material: KeyMaterial;
  before(() => {
    material = makeKeyMaterial();
  });

  test('has a case, and each case a key', () => {
    assert.deepEqual(Object.keys(keyCases).toSorted(), schemaKeys(pkiSchema).toSorted());
  });

  for (const [key, [without, having]] of Object.entries(keyCases)) {
    test(`changes what is sent, read or connected: ${key}`, async () => {
      const [first, second] = [await behaviourOf(without, material), await behaviourOf(having, material)];
      assert.notEqual(first, second);
      assert.equal(await behaviourOf(having, material), second, 'the same block always does the same');
      const refusedOne = refusedCases[key];
      assert.deepEqual(
        [refused.test(first), refused.test(second)],
        [refusedOne === 0, refusedOne === 1],
        `${first}\n${second}`.slice(0, 2000),
      );
    });
  }
});
