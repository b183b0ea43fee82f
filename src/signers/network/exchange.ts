import type { Result } from '../../lib/result.ts';
import type { ByteBudget } from './byte-budget.ts';

/** One HTTP request, ready to be sent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body?: Uint8Array;
}

/** What a server answered, its body whole. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; values of a header that came more than once are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Where it came from, after redirects. */
  readonly url: URL;
}

/** Stable codes of why there is no answer. */
export type HttpFailureCode =
  /** No connection, or one that broke. */
  | 'CAUnreachable'
  /** No connection, or no answer, in the time that the issuer allows. */
  | 'CATimeout'
  /** The server's certificate is not believed, or ours is not by the server. */
  | 'TLSFailed'
  /** The address is one that issuers must not name (design rule 13). */
  | 'AddressRefused'
  /** More than the issuer reads. */
  | 'CAAnswerTooLarge'
  /** To another origin, or too many. */
  | 'RedirectRefused'
  /** The proxy refused, or cannot be reached. */
  | 'ProxyFailed';

/** Whether somebody has to change the configuration; all else may pass by waiting. */
export function isMisconfigured(code: HttpFailureCode): boolean {
  return code === 'AddressRefused' || code === 'RedirectRefused';
}

/** Why there is no answer. */
export interface HttpFailure {
  readonly code: HttpFailureCode;
  /** For people: host and port, what happened, what to do; no secret, no query of the URL. */
  readonly message: string;
  /** Whether a part of the request may have reached the server: only where not, another server may be asked instead. */
  readonly sent: boolean;
  readonly cause?: unknown;
}

/** The connections of one issuer to its CA. Rejects only with the reason of the signal. */
export interface HttpClient {
  /** @param held what the answer takes of memory is taken from it, and for the caller to give back; absent: until it is there. */
  send(request: HttpRequest, signal: AbortSignal, held?: ByteBudget): Promise<Result<HttpAnswer, HttpFailure>>;
  close(): Promise<void>;
}
