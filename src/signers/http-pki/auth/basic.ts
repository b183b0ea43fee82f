import { ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { WrittenAuth } from '../schema/auth.ts';
import type { Authenticator } from './contract.ts';
import { credentialsOf, fixedAuthenticator, masked } from './fixed.ts';
import type { AuthInput } from './input.ts';
import { createPlace } from './place.ts';
import { authError, configError } from './problems.ts';
import { hiddenTexts, keysThereAre, readText, type SecretText } from './secret-keys.ts';
import { singleValueKeys } from './single-value.ts';

const purpose = 'pki.auth.type basic';

/**
 * The type basic: username and password of the Secret, or one value `user:password`.
 * @see RFC 7617 section 2
 */
export function createBasic(auth: WrittenAuth, input: AuthInput): Result<Authenticator, ConfigProblem> {
  if (auth.in === 'query' || auth.in === 'body') {
    return configError(
      `pki.auth.in: is ${auth.in}, but Basic authentication is a header; set it to header, or write {{ secret.username }} and {{ secret.password }} into the request with in: template`,
    );
  }
  const place = createPlace(auth, { name: 'Authorization', prefix: 'Basic ' });
  if (!place.ok) return place;
  const pair = readPair(input);
  if (!pair.ok) return pair;
  const encoded = Buffer.from(pair.value, 'utf8').toString('base64');
  const secrets = [...hiddenTexts(input), encoded];
  return ok(fixedAuthenticator(credentialsOf(encoded, place.value), credentialsOf(masked, place.value), secrets));
}

/** `user:password` */
function readPair(input: AuthInput): Result<string, ConfigProblem> {
  if (input.secret?.data.has('username') !== true) return readSingle(input);
  const username = readText(input, ['username'], purpose);
  if (!username.ok) return username;
  const password = readText(input, [input.secretKey ?? 'password'], purpose);
  if (!password.ok) return password;
  if (username.value.text.includes(':')) {
    return authError(`${username.value.place}: has a colon, which a user name cannot have in Basic authentication (RFC 7617)`);
  }
  for (const each of [username.value, password.value]) if (hasControls(each)) return controls(each);
  return ok(`${username.value.text}:${password.value.text}`);
}

function readSingle(input: AuthInput): Result<string, ConfigProblem> {
  const keys = input.secretKey === undefined ? singleValueKeys : [input.secretKey];
  const { secret } = input;
  if (secret !== undefined && !keys.some((key) => secret.data.has(key))) {
    return authError(
      `${purpose} needs the keys username and password, or one value "user:password" in ${keys.join(', ')}, in ${secret.where}; ${keysThereAre(secret.data)}. Add them to the Secret`,
    );
  }
  const single = readText(input, secret === undefined ? ['username', 'password'] : keys, purpose);
  if (!single.ok) return single;
  if (hasControls(single.value)) return controls(single.value);
  if (/^[^:]+:/.test(single.value.text)) return ok(single.value.text);
  return authError(
    `${single.value.place}: is not "user:password"; write it so, or store the two in the keys username and password`,
  );
}

function hasControls({ text }: SecretText): boolean {
  return /\p{Cc}/u.test(text);
}

function controls({ place }: SecretText): Result<never, ConfigProblem> {
  return authError(
    `${place}: has a line break or another control character, which Basic authentication cannot carry (RFC 7617)`,
  );
}
