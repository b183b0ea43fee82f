import { ok } from '../../../lib/result.ts';
import type { Authenticator, Credentials } from './contract.ts';
import type { Place } from './place.ts';

/** What stands for a secret in a dry run. */
export const masked = '***';

/** A token at its place, and as `{{ auth.token }}`. */
export function credentialsOf(token: string, place: Place): Credentials {
  return { values: { token }, apply: (request) => place(request, token) };
}

/** The authenticator of a credential that stays the same as long as the Secret does. */
export function fixedAuthenticator(credentials: Credentials, preview: Credentials, secrets: readonly string[]): Authenticator {
  return {
    prepare: async (_values, { signal }) => {
      signal.throwIfAborted();
      return await Promise.resolve(ok(credentials));
    },
    refused: () => false,
    preview: () => preview,
    secrets: () => secrets,
  };
}
