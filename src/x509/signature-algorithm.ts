import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { KeyType } from './public-key.ts';

/** The signature algorithms certificates are signed with, in JOSE's names (RFC 7518, RFC 8037). */
export type SignatureAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'Ed25519';

const oids: Readonly<Record<SignatureAlgorithm, string>> = {
  RS256: '1.2.840.113549.1.1.11',
  ES256: '1.2.840.10045.4.3.2',
  ES384: '1.2.840.10045.4.3.3',
  ES512: '1.2.840.10045.4.3.4',
  Ed25519: '1.3.101.112',
};

const byCurve = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const;

/** The algorithm a key signs with. */
export function signatureAlgorithmFor(keyType: KeyType): SignatureAlgorithm {
  if (keyType.kind === 'rsa') return 'RS256';
  return keyType.kind === 'ed25519' ? 'Ed25519' : byCurve[keyType.curve];
}

/** The AlgorithmIdentifier, DER: with NULL parameters for RSA (RFC 4055), without any for the others (RFC 5758, RFC 8410). */
export function encodeAlgorithm(algorithm: SignatureAlgorithm): Uint8Array {
  const identifier = new AlgorithmIdentifier({
    algorithm: oids[algorithm],
    ...(algorithm === 'RS256' ? { parameters: null } : {}),
  });
  return new Uint8Array(AsnConvert.serialize(identifier));
}
