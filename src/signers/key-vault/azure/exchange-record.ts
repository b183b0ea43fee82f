import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallContext } from '../../signer.ts';
import type { HttpFailure } from '../../network/exchange.ts';

/** What a server answered, as far as errors are told by it. */
export interface WireAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** Whether the request carried a token. */
  readonly withToken: boolean;
}

/**
 * What one call, or the request for one token, has come to on the wire. The errors of the SDK tell only a part of it, and each of its
 * layers wraps them in its own way: MSAL drops the cause of a network failure, and some of the status.
 */
export interface ExchangeRecord extends CallContext {
  /** The last answer; absent where the last request got none. */
  answer?: WireAnswer;
  /** Why the last request got no answer, and from which host. */
  failure?: { readonly host: string; readonly failure: HttpFailure };
  /** Credentials that were sent, which no message may repeat. */
  readonly secrets: Set<string>;
}

/** The record of the call that a request belongs to, found from inside the SDK. */
export type ExchangeRecords = AsyncLocalStorage<ExchangeRecord>;

/** Makes the store of the records of one vault. */
export function createExchangeRecords(): ExchangeRecords {
  return new AsyncLocalStorage();
}

/** Starts the record of a call. */
export function startRecord({ signal, trace }: CallContext): ExchangeRecord {
  return { signal, ...(trace === undefined ? {} : { trace }), secrets: new Set() };
}
