import { constants, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { ok } from '../lib/result.ts';
import type { SignTbs } from './issue.ts';
import { schemeOf, type SignatureAlgorithm } from './signature-algorithm.ts';

const signInPool = promisify(sign);

/**
 * Signs with a private key in memory, of a type that fits the algorithm. P-256 and Ed25519 take 40 µs, less than the way to the thread
 * pool; the others take up to 2 ms and go there, so that they do not hold up everything else.
 */
export function signerOf(privateKey: KeyObject, algorithm: SignatureAlgorithm): SignTbs {
  const { hash = null, pssSaltLength: saltLength } = schemeOf(algorithm);
  const key = saltLength === undefined ? privateKey : { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  const quick = algorithm === 'ES256' || algorithm === 'Ed25519';
  return async (tbs) => ok(quick ? sign(hash, tbs, key) : await signInPool(hash, tbs, key));
}
