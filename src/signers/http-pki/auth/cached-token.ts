import type { Clock } from '../../../lib/clock.ts';
import { ok, type Result } from '../../../lib/result.ts';
import type { TemplateValues } from '../template/values.ts';
import type { Authenticator, AuthContext, AuthFailure, Credentials } from './contract.ts';
import { credentialsOf, masked } from './fixed.ts';
import type { Place } from './place.ts';
import { createRecentSecrets } from './recent-secrets.ts';
import { createTokenCache, type FetchedToken } from './token-cache.ts';

/** Where tokens come from: one for each request that differs in more than its time. */
export interface TokenSource {
  /** Names what the token is asked for with; the same for requests that may share one. */
  keyOf(values: TemplateValues, context: AuthContext): Result<string, AuthFailure>;
  fetch(values: TemplateValues, context: AuthContext): Promise<Result<FetchedToken, AuthFailure>>;
}

/** Stands for the time and the random of an attempt where two attempts are compared. */
export const noTime = {
  now: { rfc3339: '1970-01-01T00:00:00Z', unix: 0, unixMs: 0 },
  uuid: '00000000-0000-0000-0000-000000000000',
} as const;

/** The authenticator of a token that a server gives, kept until shortly before it ends. */
export function cachedTokenAuthenticator(
  source: TokenSource,
  place: Place,
  secrets: () => readonly string[],
  clock: Pick<Clock, 'monotonic'>,
): Authenticator {
  const cache = createTokenCache(clock);
  const tokenOf = new WeakMap<Credentials, string>();
  // A token that the cache has not any more may be in requests that are not answered yet.
  const recent = createRecentSecrets();
  return {
    async prepare(values, context) {
      const key = source.keyOf(values, context);
      if (!key.ok) return key;
      const token = await cache.get(
        key.value,
        async (signal) => {
          const fetched = await source.fetch(values, { ...context, signal });
          if (fetched.ok) recent.add(fetched.value.token);
          return fetched;
        },
        context.signal,
      );
      if (!token.ok) return token;
      recent.add(token.value);
      const credentials = credentialsOf(token.value, place);
      tokenOf.set(credentials, token.value);
      return ok(credentials);
    },
    refused(used) {
      const token = tokenOf.get(used);
      return token !== undefined && cache.drop(token);
    },
    preview: () => credentialsOf(masked, place),
    secrets: () => [...new Set([...secrets(), ...cache.tokens(), ...recent.list()])],
  };
}
