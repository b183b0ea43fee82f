import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { withDeadline } from '../../../lib/deadline.ts';
import { type ExchangeRecord, type ExchangeRecords, startRecord } from './exchange-record.ts';
import { checkScopes } from './token-scopes.ts';

/** No token: what is known of it. */
export class TokenError extends Error {
  readonly record: ExchangeRecord;
  /** Whether it took too long. */
  readonly late: boolean;

  constructor(record: ExchangeRecord, late: boolean, cause: unknown) {
    super('no token', { cause });
    this.record = record;
    this.late = late;
  }
}

/** How tokens are kept. */
export interface TokensOptions {
  readonly make: () => TokenCredential;
  readonly records: ExchangeRecords;
  /** What tokens may be for; absent: anything. */
  readonly scopes?: ReadonlySet<string>;
  readonly clock?: Clock;
  /** Milliseconds that one token may take, with all retries of the endpoint of a managed identity. */
  readonly timeoutMs?: number;
}

/** Milliseconds before its end that a token is no longer used: more than the clients of the SDK take to ask for a new one. */
const marginMs = 180_000;

/**
 * Keeps the last token for all clients of a vault, which would each ask for one, and asks once where several wait. One call that is
 * given up does not take the token from the others. A credential that failed is not asked again: MSAL would repeat its last refusal
 * for a minute, whoever is meanwhile allowed.
 */
export function createTokens({
  make,
  records,
  scopes: allowed,
  clock = systemClock,
  timeoutMs = 30_000,
}: TokensOptions): TokenCredential {
  let credential: TokenCredential | undefined;
  let kept: { readonly key: string; readonly token: AccessToken } | undefined;
  let asking: { readonly key: string; readonly token: Promise<AccessToken> } | undefined;

  async function ask(scopes: string | string[], options: GetTokenOptions): Promise<AccessToken> {
    const { trace } = records.getStore() ?? {};
    let record = startRecord({ signal: new AbortController().signal });
    let late = true;
    const fetch = async (signal: AbortSignal): Promise<AccessToken | null> => {
      record = startRecord({ signal, ...(trace === undefined ? {} : { trace }) });
      try {
        credential ??= make();
        const asked = credential;
        return await records.run(record, async () => await asked.getToken(scopes, options));
      } finally {
        late = signal.aborted;
      }
    };
    try {
      const token = await withDeadline(clock, timeoutMs, fetch);
      if (token === null) throw new Error('the credential gave none');
      return token;
    } catch (error) {
      credential = undefined;
      throw new TokenError(record, late, error);
    }
  }

  return {
    async getToken(scopes, { tenantId, claims, enableCae } = {}) {
      checkScopes(scopes, allowed);
      const key = JSON.stringify([scopes, tenantId]);
      if (claims === undefined && kept?.key === key && kept.token.expiresOnTimestamp - marginMs > clock.now())
        return kept.token;
      const askKey = JSON.stringify([key, claims]);
      if (asking?.key !== askKey) {
        const options = {
          ...(tenantId === undefined ? {} : { tenantId }),
          ...(claims === undefined ? {} : { claims }),
          ...(enableCae === undefined ? {} : { enableCae }),
        };
        const asked = { key: askKey, token: ask(scopes, options) };
        asking = asked;
        const over = (): void => {
          if (asking === asked) asking = undefined;
        };
        void asked.token.then(over, over);
      }
      const token = await asking.token;
      kept = { key, token };
      return token;
    },
  };
}
