import { ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { WrittenAuth } from '../schema/auth.ts';
import type { Authenticator } from './contract.ts';
import { credentialsOf, fixedAuthenticator, masked } from './fixed.ts';
import type { AuthInput } from './input.ts';
import { createPlace } from './place.ts';
import { authError } from './problems.ts';
import { hiddenTexts, readText } from './secret-keys.ts';

/** The keys where a credential of one value may be, in the order in which they are looked for. */
export const singleValueKeys = ['token', 'api-token', 'api-key', 'password', 'apiKey'] as const;

/** Names the header of an API key, in the Secret beside it. */
const headerKey = 'api-key-header';

/** The types bearer, header and apiKey: a value of the Secret, as it is. */
export function createSingleValue(
  auth: WrittenAuth & { readonly type: 'bearer' | 'header' | 'apiKey' },
  input: AuthInput,
): Result<Authenticator, ConfigProblem> {
  const purpose = `pki.auth.type ${auth.type}`;
  const value = readText(input, input.secretKey === undefined ? singleValueKeys : [input.secretKey], purpose);
  if (!value.ok) return value;
  const { text, place: where } = value.value;
  const usual = auth.type === 'bearer' ? ok('Authorization') : apiKeyHeader(auth, input);
  if (!usual.ok) return usual;
  const place = createPlace(auth, { name: usual.value });
  if (!place.ok) return place;
  if (auth.type === 'bearer' && /\s/.test(text)) {
    return authError(`${where}: holds a blank or a line break; store the token alone, without "Bearer" before it`);
  }
  if (auth.in === 'header' && !/^[\x20-\x7e]+$/.test(text)) {
    return authError(
      `${where}: holds a line break or a character that is not ASCII, which a header cannot hold; store one line`,
    );
  }
  const preview = credentialsOf(masked, place.value);
  return ok(fixedAuthenticator(credentialsOf(text, place.value), preview, hiddenTexts(input)));
}

function apiKeyHeader(auth: WrittenAuth, input: AuthInput): Result<string, ConfigProblem> {
  if (auth.in !== 'header' || auth.headerName !== undefined || input.secret?.data.has(headerKey) !== true) {
    return ok('X-API-Key');
  }
  const name = readText(input, [headerKey], 'the header of the API key');
  if (!name.ok) return name;
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name.value.text)) return ok(name.value.text);
  return authError(`${name.value.place}: is not the name of a header; write one such as X-API-Key`);
}
