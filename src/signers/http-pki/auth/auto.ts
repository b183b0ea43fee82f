import { ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { AuthInput } from './input.ts';
import { authError } from './problems.ts';
import { keysThereAre } from './secret-keys.ts';

/** The type auto: what the keys of the Secret say. A key that the reference names is a bearer token, or an API key by its name. */
export function typeByKeys({ secret, secretKey }: AuthInput): Result<'none' | 'bearer' | 'basic' | 'header', ConfigProblem> {
  if (secret === undefined) return ok('none');
  const has = (...keys: readonly string[]): boolean => keys.every((key) => secret.data.has(key));
  if (secretKey !== undefined) return ok(secretKey === 'api-key' || secretKey === 'apiKey' ? 'header' : 'bearer');
  if (has('token') || has('api-token')) return ok('bearer');
  if (has('username', 'password')) return ok('basic');
  if (has('api-key')) return ok('header');
  if (has('client-cert', 'client-key')) return ok('none');
  return authError(
    `${secret.where} has none of the keys that say how the CA is shown who asks: token or api-token (bearer), username and password ` +
      `(basic), api-key (header), client-cert and client-key (client certificate); ${keysThereAre(secret.data)}. Add them, or set pki.auth.type`,
  );
}
