import { err, ok } from '../lib/result.ts';
import type { RequestServiceAccountToken } from '../signers/signer.ts';
import { readInputFile } from './input-file.ts';

/** What gives a token without a cluster. */
export type TokenStandIn = RequestServiceAccountToken;

const mostBytes = 64 * 1024;
/** How long a token counts as valid that does not say, in milliseconds. */
const usualLifetimeMs = 3_600_000;

/**
 * Reads the token that stands in for those an API server would make.
 * @param now milliseconds since the epoch.
 * @throws {CodedError} `Failed` where the file cannot be read.
 */
export async function readTokenStandIn(
  file: string,
  { stdin, now }: { readonly stdin: AsyncIterable<Uint8Array>; readonly now: () => number },
): Promise<TokenStandIn> {
  const option = '--service-account-token';
  const bytes = await readInputFile({ option, file, mostBytes, tooLarge: 'that is no token' }, stdin);
  const token = Buffer.from(bytes).toString('utf8').trim();
  const expiresAt = expiryOf(token) ?? now() + usualLifetimeMs;
  return ({ serviceAccount, audience }) => {
    if (!/^[\x21-\x7e]+$/.test(token)) {
      return Promise.resolve(
        err({ code: 'TokenUnusable', message: `${option}: the file must hold one token, without spaces.` }),
      );
    }
    if (expiresAt > now()) return Promise.resolve(ok({ token, expiresAt }));
    const message =
      `${option}: the token expired at ${new Date(expiresAt).toISOString()}. Make a new one: ` +
      `kubectl create token ${serviceAccount} --audience ${audience}`;
    return Promise.resolve(err({ code: 'TokenExpired', message }));
  };
}

/** The claim exp of a JWT (RFC 7519 section 4.1.4), in milliseconds; undefined for any other token. */
function expiryOf(token: string): number | undefined {
  const [, payload = ''] = token.split('.');
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { readonly exp?: unknown } | null;
    return typeof claims?.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
