import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { publicHalf } from '../../../src/x509/private-key.ts';
import type { PublicKey } from '../../../src/x509/public-key.ts';
import { algorithmsFor, type SignatureAlgorithm } from '../../../src/x509/signature-algorithm.ts';

/** A key of a CA. */
export interface CaKeyPair {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly key: PublicKey;
}

/** Keys of each type and size that a CA may have. */
export const caKeyPairs: readonly CaKeyPair[] = [
  ...[2048, 3072, 4096].map((size) => pair(`RSA ${size}`, generateKeyPairSync('rsa', { modulusLength: size }).privateKey)),
  ...['P-256', 'P-384', 'P-521'].map((curve) => pair(curve, generateKeyPairSync('ec', { namedCurve: curve }).privateKey)),
  pair('Ed25519', generateKeyPairSync('ed25519').privateKey),
];

/** Each of them with each algorithm it can sign with. */
export const signingCases: readonly (CaKeyPair & { readonly algorithm: SignatureAlgorithm })[] = caKeyPairs.flatMap((each) =>
  algorithmsFor(each.key.keyType).map((algorithm) => ({ ...each, algorithm })),
);

/** The pair of that name in {@link caKeyPairs}. */
export function caKeyPair(name: string): CaKeyPair {
  const found = caKeyPairs.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no key ${name}`);
  return found;
}

function pair(name: string, privateKey: KeyObject): CaKeyPair {
  const key = publicHalf(privateKey);
  if (!key.ok) throw new Error(key.error);
  return { name, privateKey, key: key.value };
}
