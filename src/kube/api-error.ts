import { CodedError } from '../lib/errors.ts';

/** The `reason` of a Kubernetes Status, as far as somebody here tells them apart; `Unreachable` is our own for no answer. */
export type KubeErrorCode =
  | 'NotFound'
  | 'Conflict'
  | 'AlreadyExists'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Expired'
  | 'Unreachable'
  | 'Other';

/**
 * What the API server answered instead of the object asked for, or that it did not answer.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export class KubeApiError extends CodedError<KubeErrorCode> {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** How long the server asks us to stay away, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: KubeErrorCode, status: number, message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(code, message, options);
    this.name = 'KubeApiError';
    this.status = status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const codeByStatus: Readonly<Record<number, KubeErrorCode>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
};

const codeByReason: Readonly<Record<string, KubeErrorCode>> = {
  AlreadyExists: 'AlreadyExists',
  Conflict: 'Conflict',
  Expired: 'Expired',
  Gone: 'Expired',
};

/** Makes the error of an answer that is not a success. `what` says what was asked: `get secrets/ca in namespace pki`. */
export function apiErrorOf(what: string, status: number, body: unknown, retryAfter?: string): KubeApiError {
  const { reason, message } = statusFields(body);
  const code = codeByReason[reason] ?? codeByStatus[status] ?? 'Other';
  const seconds = Number(retryAfter);
  const text = message === '' ? `the API server answered ${status}` : message;
  return new KubeApiError(
    code,
    status,
    `${what}: ${text}`,
    Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {},
  );
}

/** True where `error` is the API server's (or its absence's) and has that code. */
export function isKubeError(error: unknown, code: KubeErrorCode): boolean {
  return error instanceof KubeApiError && error.code === code;
}

function statusFields(body: unknown): { reason: string; message: string } {
  if (typeof body !== 'object' || body === null) return { reason: '', message: '' };
  const { reason, message } = body as { reason?: unknown; message?: unknown };
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message.slice(0, 1000) : '',
  };
}
