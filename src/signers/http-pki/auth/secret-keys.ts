import { ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { AuthInput } from './input.ts';
import { authError } from './problems.ts';
import { secretTexts, textOf } from './secret-texts.ts';

/** One value of the Secret. `place` is for messages: `Secret "ca" in namespace "pki", key token`. */
export interface SecretValue {
  readonly place: string;
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** One value of the Secret that is text: trimmed and not empty. */
export interface SecretText extends Omit<SecretValue, 'bytes'> {
  readonly text: string;
}

/** More names than these are not listed. */
const mostKeys = 20;

/** Values that show in requests and need no mask: names and certificates. */
const publicKeys: ReadonlySet<string> = new Set([
  'username',
  'client-id',
  'api-key-header',
  'client-cert',
  'tls.crt',
  'ca.crt',
]);

/** The first of `keys` that the Secret has. @param purpose for messages: `pki.auth.type bearer`. */
export function readValue({ secret }: AuthInput, keys: readonly string[], purpose: string): Result<SecretValue, ConfigProblem> {
  const wanted = keys.length === 1 ? `key ${keys[0]}` : `one of the keys ${keys.join(', ')}`;
  if (secret === undefined) {
    return authError(
      `${purpose} needs a Secret with ${wanted}; set authSecretRef of the issuer, or secretRef of pki.auth, to it`,
    );
  }
  const key = keys.find((each) => secret.data.has(each));
  const bytes = key === undefined ? undefined : secret.data.get(key);
  if (key !== undefined && bytes !== undefined) return ok({ place: `${secret.where}, key ${key}`, key, bytes });
  return authError(
    `${purpose} needs ${wanted}, which ${secret.where} has not; ${keysThereAre(secret.data)}. Add it to the Secret`,
  );
}

/** The first of `keys` that the Secret has, as text. */
export function readText(input: AuthInput, keys: readonly string[], purpose: string): Result<SecretText, ConfigProblem> {
  const value = readValue(input, keys, purpose);
  if (!value.ok) return value;
  const { bytes, ...rest } = value.value;
  const text = textOf(bytes);
  if (text === undefined) return authError(`${rest.place}: is not UTF-8 text; store the credential as text`);
  if (text === '') return authError(`${rest.place}: is empty; store the credential there`);
  return ok({ ...rest, text });
}

/** The names of the keys of a Secret, for messages. */
export function keysThereAre(data: ReadonlyMap<string, unknown>): string {
  const keys = [...data.keys()];
  if (keys.length === 0) return 'it has no keys';
  return `it has ${keys.slice(0, mostKeys).join(', ')}${keys.length > mostKeys ? ', ...' : ''}`;
}

/** The texts of the Secret that must never be shown. */
export function hiddenTexts({ secret }: AuthInput): readonly string[] {
  return Object.entries(secretTexts(secret))
    .filter(([key, text]) => text !== '' && !publicKeys.has(key))
    .map(([, text]) => text);
}
