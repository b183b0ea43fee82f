import { SignJWT } from 'jose';
import type { SigningKey } from './signing-key.ts';

/** Signs claims as a compact JWS (RFC 7519). */
export async function signJwt(
  claims: Readonly<Record<string, unknown>>,
  { algorithm, key, certificates }: SigningKey,
  keyId: string | undefined,
): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({
      alg: algorithm,
      typ: 'JWT',
      ...(keyId === undefined ? {} : { kid: keyId }),
      ...(certificates === undefined ? {} : { x5c: [...certificates] }),
    })
    .sign(key);
}
