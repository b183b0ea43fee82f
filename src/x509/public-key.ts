import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../lib/result.ts';
import { Asn1Error, type Asn1Node, bitOctets, sequenceOf } from './asn1.ts';

/** The keys that may be certified. */
export type KeyType =
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly kind: 'ed25519' };

/** A public key as a CSR or certificate holds it. */
export interface PublicKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Key identifier: SHA-1 of the key's bits (RFC 5280 section 4.2.1.2, method 1), as OpenSSL and Go make it. */
  readonly keyId: Uint8Array;
  readonly publicKey: KeyObject;
  readonly keyType: KeyType;
}

/** Why a key may not be certified; the message is a noun with advice: `an RSA key of 1024 bits; make …`. */
export interface KeyProblem {
  readonly code: 'unsupported' | 'too-small' | 'too-large';
  readonly message: string;
}

const minRsaBits = 2048;
const maxRsaBits = 8192;
const maxExponent = 2n ** 32n;
const uncompressedPoint = 4;

/** By OpenSSL's name: our name, and the one length a SubjectPublicKeyInfo has on it (named curve, uncompressed point). */
const curves = {
  prime256v1: { curve: 'P-256', spkiLength: 91 },
  secp384r1: { curve: 'P-384', spkiLength: 120 },
  secp521r1: { curve: 'P-521', spkiLength: 158 },
} as const;

/** Key identifier of a SubjectPublicKeyInfo that is decoded already. @throws {Asn1Error} */
export function keyIdOf(node: Asn1Node | undefined): Uint8Array {
  return hash('sha1', bitOctets(sequenceOf(node, 'the public key')[1], 'the public key'), 'buffer');
}

/** Reads a SubjectPublicKeyInfo that is decoded already and says whether it may be certified. @throws {Asn1Error} */
export function readPublicKey(node: Asn1Node): Result<PublicKey, KeyProblem> {
  const spki = node.der;
  const keyId = keyIdOf(node);
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return unsupported('a public key that cannot be read');
  }
  const keyType = keyTypeOf(publicKey);
  if (!keyType.ok) return keyType;
  if (!hasUsualEncoding(keyType.value, publicKey, node)) {
    throw new Asn1Error('its public key is encoded in an unusual way (it needs a named curve and an uncompressed point)');
  }
  return ok({ spki, keyId, publicKey, keyType: keyType.value });
}

/** What kind of key it is, public or private, or why it is none that may be certified. */
function keyTypeOf(key: KeyObject): Result<KeyType, KeyProblem> {
  const { namedCurve = '', modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return ok({ kind: 'ed25519' });
    case 'rsa':
      return rsaKeyType(modulusLength, publicExponent);
    case 'ec':
      if (Object.hasOwn(curves, namedCurve)) return ok({ kind: 'ec', curve: curves[namedCurve as keyof typeof curves].curve });
      return unsupported(`an EC key on the curve ${namedCurve || 'that it defines itself'}`);
    default:
      return unsupported(`a key of the type ${key.asymmetricKeyType ?? 'unknown'}`);
  }
}

function rsaKeyType(bits: number, exponent: bigint): Result<KeyType, KeyProblem> {
  if (bits < minRsaBits) {
    return err({ code: 'too-small', message: `an RSA key of ${bits} bits; make one of at least ${minRsaBits} bits` });
  }
  if (bits > maxRsaBits) {
    return err({ code: 'too-large', message: `an RSA key of ${bits} bits; make one of at most ${maxRsaBits} bits` });
  }
  if (exponent < 3n || exponent > maxExponent || exponent % 2n === 0n) {
    return err({
      code: 'unsupported',
      message: 'an RSA key with an unusual public exponent; make a key with the exponent 65537',
    });
  }
  return ok({ kind: 'rsa', bits });
}

/** Others (points compressed or hybrid, curves spelt out) would be copied into a certificate that Go programs cannot read. */
function hasUsualEncoding(keyType: KeyType, publicKey: KeyObject, node: Asn1Node): boolean {
  if (keyType.kind === 'ec') {
    const { spkiLength } = Object.values(curves).find(({ curve }) => curve === keyType.curve) ?? { spkiLength: 0 };
    return node.der.length === spkiLength && bitOctets(node.children[1], 'the public key')[0] === uncompressedPoint;
  }
  return publicKey.export({ format: 'der', type: 'spki' }).equals(node.der);
}

function unsupported(what: string): Result<never, KeyProblem> {
  return err({ code: 'unsupported', message: `${what}; make an RSA, ECDSA (P-256, P-384, P-521) or Ed25519 key` });
}
