import assert from 'node:assert/strict';
import { sign, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ecdsaSignatureFromP1363 } from '../../../src/x509/ecdsa.ts';
import { caKeyPair } from './key-tools.ts';

const curves = [
  { curve: 'P-256', half: 32, hash: 'sha256' },
  { curve: 'P-384', half: 48, hash: 'sha384' },
  { curve: 'P-521', half: 66, hash: 'sha512' },
] as const;

for (const { curve, half, hash } of curves) {
  describe(`an ECDSA signature on ${curve}`, () => {
    const { privateKey, key } = caKeyPair(curve);

    test('is as good in DER as it was as r and s, whatever was signed', () => {
      const property = fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        const raw = sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
        const der = ecdsaSignatureFromP1363(raw, curve);
        assert.ok(der.ok);
        assert.equal(verify(hash, message, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, raw), true);
        assert.equal(verify(hash, message, { key: key.publicKey, dsaEncoding: 'der' }, der.value), true);
      });
      fc.assert(property, { numRuns: 60 });
    });

    test('keeps both numbers, in the fewest octets and never negative', () => {
      const number = fc.oneof(
        fc.bigInt({ min: 1n, max: 2n ** BigInt(half * 8) - 1n }),
        fc.bigInt({ min: 1n, max: 0xffffn }),
        fc.integer({ min: 0, max: half * 8 - 1 }).map((bit) => 2n ** BigInt(bit)),
      );
      fc.assert(
        fc.property(number, number, (r, s) => {
          const hex = (value: bigint): string => value.toString(16).padStart(half * 2, '0');
          const der = ecdsaSignatureFromP1363(Buffer.from(hex(r) + hex(s), 'hex'), curve);
          assert.ok(der.ok);
          const integer = (value: bigint): string => {
            const even = value.toString(16).padStart(Math.ceil(value.toString(16).length / 2) * 2, '0');
            const positive = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
            return `02${(positive.length / 2).toString(16).padStart(2, '0')}${positive}`;
          };
          const body = integer(r) + integer(s);
          const length = body.length / 2;
          const header = length < 0x80 ? '' : '81';
          assert.equal(Buffer.from(der.value).toString('hex'), `30${header}${length.toString(16).padStart(2, '0')}${body}`);
        }),
      );
    });

    test('of another length, or with a zero for a number, is refused', () => {
      const one = Buffer.alloc(half);
      one[half - 1] = 1;
      const zero = Buffer.alloc(half);
      const cases = [
        [Buffer.alloc(0), /has 0 bytes/],
        [
          Buffer.alloc(2 * half - 1, 1),
          new RegExp(`has ${2 * half - 1} bytes; on ${curve} it is r and s of ${half} bytes each`),
        ],
        [Buffer.alloc(2 * half + 1, 1), /has \d+ bytes/],
        [Buffer.concat([zero, one]), /holds a zero/],
        [Buffer.concat([one, zero]), /holds a zero/],
      ] as const;
      for (const [raw, words] of cases) {
        const der = ecdsaSignatureFromP1363(raw, curve);
        assert.ok(!der.ok);
        assert.match(der.error, words);
      }
      assert.equal(ecdsaSignatureFromP1363(Buffer.concat([one, one]), curve).ok, true);
    });
  });
}
