import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyType } from '../../x509/public-key.ts';

/** The kinds of keys that are made. */
export const keyAlgorithms = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ed25519'] as const;

/** One of {@link keyAlgorithms}. */
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

const types: Readonly<Record<KeyAlgorithm, KeyType>> = {
  'ecdsa-p256': { kind: 'ec', curve: 'P-256' },
  'ecdsa-p384': { kind: 'ec', curve: 'P-384' },
  'rsa-2048': { kind: 'rsa', bits: 2048 },
  'rsa-3072': { kind: 'rsa', bits: 3072 },
  'rsa-4096': { kind: 'rsa', bits: 4096 },
  ed25519: { kind: 'ed25519' },
};

const generate = promisify(generateKeyPair);

/** The type of a key by the name of its algorithm. */
export function keyTypeOf(algorithm: KeyAlgorithm): KeyType {
  return types[algorithm];
}

/** Makes a private key, in memory alone. */
export async function newPrivateKey(type: KeyType): Promise<KeyObject> {
  const { privateKey } = await pairOf(type);
  return privateKey;
}

async function pairOf(type: KeyType): Promise<{ readonly privateKey: KeyObject }> {
  switch (type.kind) {
    case 'rsa':
      return await generate('rsa', { modulusLength: type.bits });
    case 'ec':
      return await generate('ec', { namedCurve: type.curve });
    case 'ed25519':
      return await generate('ed25519', {});
    default:
      return type satisfies never;
  }
}

/** A private key as its file holds it: PKCS #8, PEM. */
export function keyPem(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
