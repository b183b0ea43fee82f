import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bitOctets, decodeDer, objectIdentifier, setOf } from '../../../src/x509/asn1.ts';
import {
  derTags,
  writeBitOctets,
  writeDer,
  writeNull,
  writeObjectIdentifier,
  writeSetOf,
  writeUnsigned,
} from '../../../src/x509/der-write.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('lengths are written in the fewest octets', () => {
  for (const [length, header] of [
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_535, '0482ffff'],
    [65_536, '0483010000'],
  ] as const) {
    const der = writeDer(derTags.octetString, new Uint8Array(length));
    assert.equal(hex(der.subarray(0, der.length - length)), header);
    assert.equal(decodeDer(der, 'it').content.length, length);
  }
});

test('integers are positive and have no octet too many', () => {
  for (const [octets, expected] of [
    [[0], '020100'],
    [[0, 0, 0], '020100'],
    [[0x7f], '02017f'],
    [[0x80], '02020080'],
    [[0, 0x80], '02020080'],
    [[0, 0, 1, 0], '02020100'],
  ] as const) {
    assert.equal(hex(writeUnsigned(Uint8Array.from(octets))), expected);
  }
});

test('an object identifier is read as it was written', () => {
  const arc = fc.oneof(fc.nat(127), fc.nat(), fc.nat(2 ** 31 - 1));
  const root = fc.oneof(fc.tuple(fc.nat(1), fc.nat(39)), fc.tuple(fc.constant(2), fc.nat(1000)));
  fc.assert(
    fc.property(root, fc.array(arc, { maxLength: 8 }), ([first, second], arcs) => {
      const oid = [first, second, ...arcs].join('.');
      assert.equal(objectIdentifier(decodeDer(writeObjectIdentifier(oid), 'it'), 'it'), oid);
    }),
  );
  assert.equal(hex(writeObjectIdentifier('1.2.840.113549.1.1.11')), '06092a864886f70d01010b');
});

test('the elements of a set are in the order of their encodings', () => {
  const elements = [[3, 1], [1], [2, 0, 0]].map((content) => writeDer(derTags.octetString, Uint8Array.from(content)));
  const set = decodeDer(writeSetOf(elements), 'it');
  assert.deepEqual(
    setOf(set, 'it').map((each) => hex(each.der)),
    ['040101', '04020301', '0403020000'],
  );
});

test('null and bit strings', () => {
  assert.equal(hex(writeNull()), '0500');
  assert.deepEqual(Buffer.from(bitOctets(decodeDer(writeBitOctets(Uint8Array.of(1, 2)), 'it'), 'it')), Buffer.from([1, 2]));
});
