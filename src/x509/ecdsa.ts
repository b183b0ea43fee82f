import { err, ok, type Result } from '../lib/result.ts';
import { derTags, writeDer, writeUnsigned } from './der-write.ts';
import type { KeyType } from './public-key.ts';

type Curve = Extract<KeyType, { readonly kind: 'ec' }>['curve'];

/** Octets of r and of s (RFC 7518 section 3.4). */
const halfLengths: Readonly<Record<Curve, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

/**
 * Turns an ECDSA signature in the form of JWS (RFC 7518 section 3.4) and IEEE P1363, r and s one after the other, into the DER that
 * X.509 wants (Ecdsa-Sig-Value, RFC 3279 section 2.2.3). The error is a clause that says what is wrong with it.
 */
export function ecdsaSignatureFromP1363(raw: Uint8Array, curve: Curve): Result<Uint8Array, string> {
  const half = halfLengths[curve];
  if (raw.length !== 2 * half) {
    return err(`the ECDSA signature has ${raw.length} bytes; on ${curve} it is r and s of ${half} bytes each`);
  }
  const parts = [raw.subarray(0, half), raw.subarray(half)];
  if (parts.some((part) => part.every((octet) => octet === 0))) {
    return err('the ECDSA signature holds a zero, which no signature does');
  }
  return ok(writeDer(derTags.sequence, ...parts.map(writeUnsigned)));
}
