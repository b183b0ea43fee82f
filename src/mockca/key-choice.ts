import { err, ok, type Result } from '../lib/result.ts';
import { curveSizes, defaultCurveSize, defaultRsaSize, rsaSizes } from '../signers/mock-ca/defaults.ts';
import type { KeyParameters } from '../signers/mock-ca/keys.ts';

/**
 * The key of a new CA from cert-manager's names: `RSA` with 2048 to 4096 bits, `ECDSA` with 256, 384 or 521, `Ed25519`
 * without a size. An empty size is the usual one.
 * @returns a message that says which value is wrong; `names` are the two options as the user knows them.
 */
export function parseKeyChoice(
  algorithm: string,
  size: string,
  names: { readonly algorithm: string; readonly size: string },
): Result<KeyParameters, string> {
  switch (algorithm.toLowerCase()) {
    case 'rsa': {
      const bits = Number(size === '' ? defaultRsaSize : size);
      if (rsaSizes.includes(bits)) return ok({ algorithm: 'RSA', size: bits });
      return err(`${names.size}: "${size}" is no size of an RSA CA key; use one of ${rsaSizes.join(', ')}`);
    }
    case 'ecdsa': {
      const bits = curveSizes.find((known) => String(known) === (size === '' ? String(defaultCurveSize) : size));
      if (bits !== undefined) return ok({ algorithm: 'ECDSA', size: bits });
      return err(`${names.size}: "${size}" is no size of an ECDSA key; use one of ${curveSizes.join(', ')}`);
    }
    case 'ed25519':
      return size === ''
        ? ok({ algorithm: 'Ed25519' })
        : err(`${names.size}: an Ed25519 key has one size only; leave the option out`);
    default:
      return err(`${names.algorithm}: "${algorithm}" is not RSA, ECDSA or Ed25519`);
  }
}
