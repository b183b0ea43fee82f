import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { curveSizes } from './defaults.ts';

/** The key of a CA that is to be made: RSA of 2048 to 4096 bits, ECDSA on the curve of that many bits, or Ed25519. */
export type KeyParameters =
  | { readonly algorithm: 'RSA'; readonly size: number }
  | { readonly algorithm: 'ECDSA'; readonly size: (typeof curveSizes)[number] }
  | { readonly algorithm: 'Ed25519' };

const generate = promisify(generateKeyPair);

/** Makes a private key, in the thread pool: an RSA key takes up to seconds. */
export async function generatePrivateKey(parameters: KeyParameters): Promise<KeyObject> {
  if (parameters.algorithm === 'RSA') return (await generate('rsa', { modulusLength: parameters.size })).privateKey;
  if (parameters.algorithm === 'Ed25519') return (await generate('ed25519')).privateKey;
  return (await generate('ec', { namedCurve: `P-${parameters.size}` })).privateKey;
}
