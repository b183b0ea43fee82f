import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Asn1Error, decodeDer, objectIdentifier, TrailingDataError } from '../../../src/x509/asn1.ts';

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

describe('decodeDer', () => {
  test('reads elements, their content and their children', () => {
    const root = decodeDer(bytes('300a0201050c02c3a9a0013f'.replace('a0013f', '8001ff')), 'it');
    assert.equal(root.children.length, 3);
    assert.deepEqual(root.children[0]?.content, new Uint8Array([5]));
    assert.deepEqual(root.children[2], { ...root.children[2], tagClass: 'context', tag: 0, constructed: false });
    assert.deepEqual(root.children[2]?.der, new Uint8Array([0x80, 1, 0xff]));
  });

  const refused: readonly { readonly what: string; readonly hex: string; readonly words: RegExp }[] = [
    { what: 'nothing', hex: '', words: /it is not DER/ },
    { what: 'a tag without length', hex: '30', words: /it is not DER/ },
    { what: 'less than the length says', hex: '3005020105', words: /not DER|DER requires/ },
    { what: 'an indefinite length', hex: '30800201050000', words: /length in it is not encoded as DER/ },
    {
      what: 'a length in more octets than needed',
      hex: '30810302010500'.slice(0, 12),
      words: /length in it is not encoded as DER/,
    },
    { what: 'a length with leading zeros', hex: '3082000302010500'.slice(0, 14), words: /length in it is not encoded as DER/ },
    { what: 'a long length inside', hex: '300402810105', words: /length in it is not encoded as DER/ },
    { what: 'a child longer than its parent', hex: '30030204050607', words: /DER/ },
    { what: 'a string in parts', hex: '240404020506', words: /encoded in parts/ },
    { what: 'a sequence that is not constructed', hex: '1003020105', words: /encoded in parts/ },
    { what: 'a length of 8 octets', hex: '3088ffffffffffffffff00', words: /not DER/ },
    { what: 'nesting without end', hex: nested(40), words: /not DER: .*depth/ },
  ];
  for (const { what, hex, words } of refused) {
    test(`refuses ${what}`, () => {
      assert.throws(
        () => decodeDer(bytes(hex), 'it'),
        (error) => error instanceof Asn1Error && words.test(error.message),
      );
    });
  }

  test('tells bytes that follow from other faults', () => {
    assert.throws(() => decodeDer(bytes('0201050000'), 'it'), TrailingDataError);
  });

  test('throws nothing but its own error, and what it accepts is its own encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
        try {
          assert.deepEqual(decodeDer(input, 'it').der, new Uint8Array(input));
        } catch (error) {
          assert.ok(error instanceof Asn1Error, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('objectIdentifier', () => {
  test('reads dotted decimals', () => {
    assert.equal(objectIdentifier(decodeDer(bytes('06092b0601040182371402'), 'it'), 'it'), '1.3.6.1.4.1.311.20.2');
  });

  for (const [what, hex] of [
    ['one without content', '0600'],
    ['one that ends in the middle of a number', '06022a86'],
    ['one with a padded number', '06042a800103'],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(() => objectIdentifier(decodeDer(bytes(hex), 'it'), 'it'), Asn1Error);
    });
  }
});

/** Sequences in sequences, as hexadecimal. */
function nested(depth: number): string {
  let der = Buffer.alloc(0);
  for (let level = 0; level < depth; level += 1) der = Buffer.concat([Buffer.from([0x30, der.length]), der]);
  return der.toString('hex');
}
