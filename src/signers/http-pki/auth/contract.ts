import type { Result } from '../../../lib/result.ts';
import type { HttpClient, HttpRequest } from '../../network/exchange.ts';
import type { PkiProblem } from '../problem.ts';
import type { TemplateValues } from '../template/values.ts';

/** A credential for one attempt. */
export interface Credentials {
  /** What templates see as `auth`: `token`, `signature`, `payload`. */
  readonly values: Readonly<Record<string, string>>;
  /** Puts the credential where the issuer wants it. */
  apply(request: HttpRequest): Result<HttpRequest, PkiProblem>;
}

/** Why there is no credential: waiting may mend it, this request lacks what its templates use, or somebody must change something. */
export type AuthFailure =
  | {
      readonly outcome: 'retry';
      readonly code: string;
      readonly message: string;
      readonly afterMs?: number;
      readonly cause?: unknown;
    }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string }
  | { readonly outcome: 'issuer-broken'; readonly code: string; readonly message: string; readonly cause?: unknown };

/** What a login or a token request is sent with. */
export interface AuthContext {
  readonly client: HttpClient;
  /** baseUrl, or backupUrl where that is in use. */
  readonly base: URL;
  readonly signal: AbortSignal;
}

/** How one issuer authenticates; tokens are kept in it until shortly before they end. */
export interface Authenticator {
  /** The credential for one attempt; `values` has no `auth` yet. */
  prepare(values: TemplateValues, context: AuthContext): Promise<Result<Credentials, AuthFailure>>;
  /**
   * The CA refused that credential (401): what is cached of it is dropped. True where another attempt would have a new one, also
   * where somebody else has dropped it already; the answer is about the credential that was used, since others may be renewing it.
   */
  refused(used: Credentials): boolean;
  /** The credential of a dry run: each secret is `***`, and nothing is sent. */
  preview(values: TemplateValues): Credentials;
  /** The token request of a dry run, likewise; present where there is one besides the configuration's own login. */
  previewTokenRequest?(values: TemplateValues): Result<HttpRequest, PkiProblem>;
  /** Every secret text that may appear in what is sent, for masking traces. */
  secrets(): readonly string[];
}
