/** The stable codes of what can go wrong, as `code` in the JSON of an error; described in docs/mockca-server.md. */
export type ErrorCode =
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_FOUND'
  | 'UNAUTHORIZED'
  | 'READ_ERROR'
  | 'BODY_TOO_LARGE'
  | 'PARSE_ERROR'
  | 'MISSING_CSR'
  | 'INVALID_CSR'
  | 'INVALID_SIGNATURE'
  | 'COMMON_NAME_MISMATCH'
  | 'NAME_MISMATCH'
  | 'CA_NOT_OFFERED'
  | 'KEY_NOT_OFFERED'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'REQUEST_NOT_FOUND'
  | 'FAULT_INJECTED'
  | 'NAME_NOT_PERMITTED'
  | 'JOURNAL_UNWRITABLE'
  | 'SIGNING_ERROR'
  | 'INTERNAL_ERROR';

/** Why a request is not served: a short `error`, and `details` that say what to do about it. */
export interface ApiError {
  readonly status: number;
  readonly code: ErrorCode;
  readonly error: string;
  readonly details: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What goes back to the client. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** On purpose: blanks follow the body until it has so many bytes. */
  readonly padTo?: number;
  /** On purpose: the connection ends after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Why the request was not served, for the log. */
  readonly problem?: ApiError;
}

/** A reply in JSON, one line, with a newline at its end. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** A reply in plain text; PEM is such too. */
export function textReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers }, body };
}

/** An error as `{error, code, details}`, or as a line of text on the route whose clients read no JSON. */
export function errorReply(problem: ApiError, style: 'json' | 'text'): Reply {
  const { status, code, error, details, headers } = problem;
  if (style === 'json') return { ...jsonReply(status, { error, code, details }, headers), problem };
  return { ...textReply(status, details === '' ? `${error}\n` : `${error}: ${details}\n`, headers), problem };
}
