import { hash } from 'node:crypto';
import { contextTag, derTags, writeDer, writeNull, writeObjectIdentifier, writeUnsigned } from './der-write.ts';
import type { KeyType } from './public-key.ts';

const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const byCurve = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const;

/** Those that sign a digest, in JOSE's names (RFC 7518): what vaults and HSMs have. */
export const digestAlgorithms = [...rsaAlgorithms, 'ES256', 'ES384', 'ES512'] as const;
/** The signature algorithms certificates are signed with, in JOSE's names (RFC 7518, RFC 8037). */
export const signatureAlgorithms = [...digestAlgorithms, 'Ed25519'] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

/** The hashes signatures are made over. */
export type SignatureHash = 'sha256' | 'sha384' | 'sha512';

/** How a signature is made: which keys fit, and the hash (none: Ed25519, which hashes by itself). */
export interface SignatureScheme {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  readonly hash?: SignatureHash;
  /** RSASSA-PSS with a salt of that many octets; absent for PKCS #1 v1.5. */
  readonly pssSaltLength?: number;
}

export const pssOid = '1.2.840.113549.1.1.10';
export const mgf1Oid = '1.2.840.113549.1.1.8';
const hashOids: Readonly<Record<SignatureHash, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

const schemes: Readonly<Record<SignatureAlgorithm, SignatureScheme & { readonly oid: string }>> = {
  RS256: { oid: '1.2.840.113549.1.1.11', keyType: 'rsa', hash: 'sha256' },
  RS384: { oid: '1.2.840.113549.1.1.12', keyType: 'rsa', hash: 'sha384' },
  RS512: { oid: '1.2.840.113549.1.1.13', keyType: 'rsa', hash: 'sha512' },
  PS256: { oid: pssOid, keyType: 'rsa', hash: 'sha256', pssSaltLength: 32 },
  PS384: { oid: pssOid, keyType: 'rsa', hash: 'sha384', pssSaltLength: 48 },
  PS512: { oid: pssOid, keyType: 'rsa', hash: 'sha512', pssSaltLength: 64 },
  ES256: { oid: '1.2.840.10045.4.3.2', keyType: 'ec', hash: 'sha256' },
  ES384: { oid: '1.2.840.10045.4.3.3', keyType: 'ec', hash: 'sha384' },
  ES512: { oid: '1.2.840.10045.4.3.4', keyType: 'ec', hash: 'sha512' },
  Ed25519: { oid: '1.3.101.112', keyType: 'ed25519' },
};

/** The algorithms a key can sign with, its default first. A curve has one: the hash as long as the curve. */
export function algorithmsFor(keyType: KeyType): readonly [SignatureAlgorithm, ...SignatureAlgorithm[]] {
  if (keyType.kind === 'rsa') return rsaAlgorithms;
  return [keyType.kind === 'ed25519' ? 'Ed25519' : byCurve[keyType.curve]];
}

/** The algorithm a key signs with unless another is wanted. */
export function signatureAlgorithmFor(keyType: KeyType): SignatureAlgorithm {
  return algorithmsFor(keyType)[0];
}

/** How an algorithm signs. The salt of RSASSA-PSS is as long as the hash (RFC 4055 section 3.1). */
export function schemeOf(algorithm: SignatureAlgorithm): SignatureScheme {
  return schemes[algorithm];
}

/** The scheme an object identifier alone says; undefined for RSASSA-PSS, which has it in its parameters, and for unknown ones. */
export function schemeWithOid(oid: string): SignatureScheme | undefined {
  return oid === pssOid ? undefined : Object.values(schemes).find((scheme) => scheme.oid === oid);
}

/** The hash of an object identifier; undefined for weak and unknown ones. */
export function hashWithOid(oid: string | undefined): SignatureHash | undefined {
  return (['sha256', 'sha384', 'sha512'] as const).find((name) => hashOids[name] === oid);
}

/** The hash that is signed, as node:crypto names it; undefined for Ed25519, which takes the message itself. */
export function hashOf(algorithm: SignatureAlgorithm): SignatureHash | undefined {
  return schemes[algorithm].hash;
}

/** What a key that is elsewhere is given to sign: the digest of `tbs`, or `tbs` itself for Ed25519. */
export function digestFor(algorithm: SignatureAlgorithm, tbs: Uint8Array): Uint8Array {
  const digest = hashOf(algorithm);
  return digest === undefined ? tbs : hash(digest, tbs, 'buffer');
}

/**
 * The AlgorithmIdentifier, DER: with NULL parameters for RSA with PKCS #1 v1.5 and explicit ones for RSASSA-PSS (RFC 4055), without
 * any for the others (RFC 5758, RFC 8410).
 */
export function encodeAlgorithm(algorithm: SignatureAlgorithm): Uint8Array {
  const { oid, keyType, hash: digest, pssSaltLength } = schemes[algorithm];
  if (keyType !== 'rsa' || digest === undefined) return identifier(oid);
  return identifier(oid, pssSaltLength === undefined ? writeNull() : pssParameters(digest, pssSaltLength));
}

/** RSASSA-PSS-params (RFC 4055 section 3.1). The hashes carry NULL, as OpenSSL writes it; Go reads no others. */
function pssParameters(digest: SignatureHash, saltLength: number): Uint8Array {
  const hashAlgorithm = identifier(hashOids[digest], writeNull());
  return writeDer(
    derTags.sequence,
    writeDer(contextTag(0), hashAlgorithm),
    writeDer(contextTag(1), identifier(mgf1Oid, hashAlgorithm)),
    writeDer(contextTag(2), writeUnsigned(Uint8Array.of(saltLength))),
  );
}

function identifier(oid: string, ...parameters: readonly Uint8Array[]): Uint8Array {
  return writeDer(derTags.sequence, writeObjectIdentifier(oid), ...parameters);
}
