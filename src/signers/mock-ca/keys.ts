import { createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { err, type Result } from '../../lib/result.ts';
import { Asn1Error, decodeDer } from '../../x509/asn1.ts';
import type { SignTbs } from '../../x509/issue.ts';
import { type PublicKey, readPublicKey } from '../../x509/public-key.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import type { curveSizes } from './defaults.ts';

/** The key of a CA that is to be made: RSA of 2048 to 4096 bits, ECDSA on the curve of that many bits, or Ed25519. */
export type KeyParameters =
  | { readonly algorithm: 'RSA'; readonly size: number }
  | { readonly algorithm: 'ECDSA'; readonly size: (typeof curveSizes)[number] }
  | { readonly algorithm: 'Ed25519' };

const generate = promisify(generateKeyPair);
const signInPool = promisify(sign);

const hashes: Readonly<Record<SignatureAlgorithm, string | null>> = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  Ed25519: null,
};

/** Makes a private key, in the thread pool: an RSA key takes up to seconds. */
export async function generatePrivateKey(parameters: KeyParameters): Promise<KeyObject> {
  if (parameters.algorithm === 'RSA') return (await generate('rsa', { modulusLength: parameters.size })).privateKey;
  if (parameters.algorithm === 'Ed25519') return (await generate('ed25519')).privateKey;
  return (await generate('ec', { namedCurve: `P-${parameters.size}` })).privateKey;
}

/** The public half of a CA's private key; the error is a noun with advice: what kind of key it is, and which to make. */
export function publicHalf(privateKey: KeyObject): Result<PublicKey, string> {
  try {
    const key = readPublicKey(decodeDer(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }), 'the key'));
    return key.ok ? key : err(key.error.message);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return err('a key in an unusual encoding; make an RSA, ECDSA (P-256, P-384, P-521) or Ed25519 key');
  }
}

/**
 * Signs with a private key. P-256 and Ed25519 take 40 µs, less than the way to the thread pool; the others take up to 2 ms and
 * go there, so that they do not hold up everything else.
 */
export function signerOf(privateKey: KeyObject, algorithm: SignatureAlgorithm): SignTbs {
  const hash = hashes[algorithm];
  const quick = algorithm === 'ES256' || algorithm === 'Ed25519';
  return async (tbs) => (quick ? sign(hash, tbs, privateKey) : await signInPool(hash, tbs, privateKey));
}
