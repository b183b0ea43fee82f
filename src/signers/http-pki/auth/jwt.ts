import { err, ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { WrittenAuth, WrittenJwt } from '../schema/auth.ts';
import { compileStructure } from '../template/structure.ts';
import type { Authenticator } from './contract.ts';
import { credentialsOf, masked } from './fixed.ts';
import type { AuthInput } from './input.ts';
import { createPlace } from './place.ts';
import { configError, incomplete } from './problems.ts';
import { createRecentSecrets } from './recent-secrets.ts';
import { hiddenTexts } from './secret-keys.ts';
import { signJwt } from './sign-jwt.ts';
import { readSigningKey } from './signing-key.ts';
import { requireSecretKeys } from './template-secrets.ts';

const field = 'pki.auth.jwt';

type Claims = Readonly<Record<string, unknown>>;

/** The type jwt: a token that is signed anew for each attempt, since some CAs take each only once. */
export function createJwt(auth: WrittenAuth, jwt: WrittenJwt, input: AuthInput): Result<Authenticator, ConfigProblem> {
  const place = createPlace(auth, { name: 'Authorization' });
  if (!place.ok) return place;
  const claims = compileStructure(jwt.claims ?? {}, `${field}.claims`);
  if (!claims.ok) return configError(claims.error);
  const used = requireSecretKeys(jwt.claims, input, `${field}.claims`);
  if (!used.ok) return used;
  const key = readSigningKey(input, { purpose: 'pki.auth.type jwt', field, algorithm: jwt.algorithm, x5c: jwt.x5c });
  if (!key.ok) return key;
  const signed = createRecentSecrets();
  const hidden = hiddenTexts(input);
  return ok({
    async prepare(values, { signal }) {
      signal.throwIfAborted();
      const rendered = claims.value.render(values);
      if (!rendered.ok) return incomplete(rendered.error);
      const timed = withTimes(rendered.value, { lifetimeMs: jwt.lifetime, nowMs: input.clock.now(), id: input.uuid() });
      if (!timed.ok) return err({ outcome: 'issuer-broken', code: 'ConfigError', message: timed.error });
      const token = await signJwt(timed.value, key.value, jwt.keyId);
      signed.add(token);
      return ok(credentialsOf(token, place.value));
    },
    refused: () => false,
    preview: () => credentialsOf(masked, place.value),
    secrets: () => [...hidden, ...signed.list()],
  });
}

/** Adds iat, nbf, exp and jti where they are not given; those that are times must be numbers (RFC 7519 section 2). */
function withTimes(
  claims: unknown,
  { lifetimeMs, nowMs, id }: { readonly lifetimeMs: number; readonly nowMs: number; readonly id: string },
): Result<Claims, string> {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    return err(`${field}.claims: must be a mapping; write each claim as name: value`);
  }
  const given: Record<string, unknown> = { ...claims };
  for (const name of ['iat', 'nbf', 'exp']) {
    const value = given[name];
    if (value === undefined || typeof value === 'number') continue;
    if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) {
      return err(`${field}.claims.${name}: must be seconds since 1970, such as {{ now.unix }}`);
    }
    given[name] = Number(value);
  }
  const iat = typeof given['iat'] === 'number' ? given['iat'] : Math.floor(nowMs / 1000);
  return ok({ iat, nbf: iat, exp: iat + Math.ceil(lifetimeMs / 1000), jti: id, ...given });
}
