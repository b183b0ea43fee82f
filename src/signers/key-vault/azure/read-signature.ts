import { ok, type Result } from '../../../lib/result.ts';
import { ecdsaSignatureFromP1363 } from '../../../x509/ecdsa.ts';
import type { VaultKey } from '../vault.ts';
import type { Finding } from './finding.ts';
import { invalidAnswer } from './read-objects.ts';

/** Turns a signature as a vault gives it (RFC 7518) into that of X.509; whether it is right is for others to see. */
export function readSignature(raw: unknown, { publicKey: { keyType } }: VaultKey): Result<Uint8Array, Finding> {
  if (!(raw instanceof Uint8Array)) return invalidAnswer('holds no signature');
  if (keyType.kind === 'ec') {
    const der = ecdsaSignatureFromP1363(raw, keyType.curve);
    return der.ok ? der : invalidAnswer(`holds no signature of this key: ${der.error}`);
  }
  const octets = keyType.kind === 'rsa' ? Math.ceil(keyType.bits / 8) : undefined;
  return raw.length === octets
    ? ok(raw)
    : invalidAnswer(`holds no signature of this key: it has ${raw.length} bytes, and the key ${octets}`);
}
