import { ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { WrittenAuth } from '../schema/auth.ts';
import { typeByKeys } from './auto.ts';
import { createBasic } from './basic.ts';
import type { Authenticator } from './contract.ts';
import { fixedAuthenticator } from './fixed.ts';
import { createHmacSignature } from './hmac.ts';
import type { AuthInput } from './input.ts';
import { createJwt } from './jwt.ts';
import { createLogin } from './login.ts';
import { createOAuth2 } from './oauth2.ts';
import { configError } from './problems.ts';
import { hiddenTexts } from './secret-keys.ts';
import { createSingleValue } from './single-value.ts';

/**
 * Makes what authenticates one issuer. Nothing is sent before the first `prepare`. The problem's code is AuthError where the
 * Secret lacks something or holds something else, ConfigError where a field is wrong.
 */
export function createAuthenticator(auth: WrittenAuth, input: AuthInput): Result<Authenticator, ConfigProblem> {
  switch (auth.type) {
    case 'none':
      return createNone(input);
    case 'auto': {
      const type = typeByKeys(input);
      return type.ok ? createAuthenticator({ ...auth, type: type.value }, input) : type;
    }
    case 'bearer':
    case 'header':
    case 'apiKey':
      return createSingleValue({ ...auth, type: auth.type }, input);
    case 'basic':
      return createBasic(auth, input);
    case 'oauth2':
      return auth.oauth2 === undefined ? missing(auth.type) : createOAuth2(auth, auth.oauth2, input);
    case 'jwt':
      return auth.jwt === undefined ? missing(auth.type) : createJwt(auth, auth.jwt, input);
    case 'hmac':
      return auth.hmac === undefined ? missing(auth.type) : createHmacSignature(auth, auth.hmac, input);
    case 'login':
      return auth.login === undefined ? missing(auth.type) : createLogin(auth, auth.login, input);
    default:
      return auth.type satisfies never;
  }
}

/** By the client certificate of the connection, by `{{ secret.* }}` in the requests, or not at all. */
function createNone(input: AuthInput): Result<Authenticator, ConfigProblem> {
  if (input.secretKey !== undefined) {
    return configError(
      `pki.auth.type: is none, so the key "${input.secretKey}" of the reference to the Secret means nothing; remove it, or set type`,
    );
  }
  const nothing = { values: {}, apply: ok };
  return ok(fixedAuthenticator(nothing, nothing, hiddenTexts(input)));
}

function missing(type: string): Result<never, ConfigProblem> {
  return configError(`pki.auth.${type}: required where type is ${type}`);
}
