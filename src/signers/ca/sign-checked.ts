import { err, ok, type Result } from '../../lib/result.ts';
import { digestFor, hashOf, type SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import { verifyTbsSignature } from '../../x509/signature.ts';
import type { CallContext } from '../signer.ts';
import type { CaKey, CaProblem } from './contract.ts';

/** A key and how it is to sign. */
export interface SigningKey {
  readonly key: CaKey;
  readonly algorithm: SignatureAlgorithm;
}

/** No DER begins with such a letter: what is signed here is no TBSCertificate, nor anything else that a CA signs. */
const probe = Buffer.from('external-issuer asks whether this key signs. What it signs here is no certificate.\n');

/**
 * Has the key sign, and verifies what comes with the public key: no certificate leaves with a signature that is not right.
 * @param what is signed, for the trace: `a certificate`.
 */
export async function signChecked(
  { key, algorithm }: SigningKey,
  what: string,
  tbs: Uint8Array,
  context: CallContext,
): Promise<Result<Uint8Array, CaProblem>> {
  const { signal, trace } = context;
  signal.throwIfAborted();
  trace?.({ part: 'sent', text: `${what} to be signed with ${algorithm} by ${key.id}: ${sizeOf(algorithm, tbs)}` });
  const signed = await key.sign(algorithm, tbs, context);
  signal.throwIfAborted();
  if (!signed.ok) {
    trace?.({ part: 'answered', text: `no signature: ${signed.error.code}: ${signed.error.message}` });
    return signed;
  }
  const { length } = signed.value;
  const isRight = verifyTbsSignature(algorithm, tbs, key.publicKey.publicKey, signed.value);
  trace?.({ part: 'answered', text: `a signature of ${length} bytes, which is ${isRight ? 'right' : 'wrong'}` });
  if (isRight) return ok(signed.value);
  return err({
    outcome: 'issuer-broken',
    code: 'CAResponseInvalid',
    message:
      `The signature that came from ${key.id} does not verify with its public key (${algorithm}, ${length} bytes), so nothing was issued. ` +
      'Look for what stands between the controller and the key; check that the key is the one it says it is.',
  });
}

/** Has the key sign a text, which shows that it may be used; undefined where it signs. */
export async function proveRight(key: SigningKey, context: CallContext): Promise<CaProblem | undefined> {
  const signed = await signChecked(key, 'a probe, which is no certificate,', probe, context);
  return signed.ok ? undefined : signed.error;
}

function sizeOf(algorithm: SignatureAlgorithm, tbs: Uint8Array): string {
  const hash = hashOf(algorithm);
  if (hash === undefined) return `${tbs.length} bytes`;
  return `${tbs.length} bytes, as ${hash.replace('sha', 'SHA-')} of ${digestFor(algorithm, tbs).length} bytes`;
}
