import { CodedError } from '../lib/errors.ts';

/**
 * The `reason` of a Kubernetes Status, as far as somebody here tells them apart. Our own are `Unreachable` for no answer
 * and `TooLarge` for one that is not read to its end.
 */
export type KubeErrorCode =
  | 'NotFound'
  | 'Conflict'
  | 'AlreadyExists'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Expired'
  | 'TooLarge'
  | 'Unreachable'
  | 'Other';

/**
 * What the API server answered instead of the object asked for, or that it did not answer.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export class KubeApiError extends CodedError<KubeErrorCode> {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** How long the server asks us to stay away, in milliseconds; ten minutes at most. */
  readonly retryAfterMs: number | undefined;

  constructor(code: KubeErrorCode, status: number, message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(code, message, options);
    this.name = 'KubeApiError';
    this.status = status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Seconds that the server may send us away for: what asks for more is a mistake somewhere on the way. */
const maxRetryAfterSeconds = 600;

const codeByStatus: ReadonlyMap<number, KubeErrorCode> = new Map([
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [410, 'Expired'],
]);

const codeByReason: ReadonlyMap<unknown, KubeErrorCode> = new Map([
  ['AlreadyExists', 'AlreadyExists'],
  ['Conflict', 'Conflict'],
  ['Expired', 'Expired'],
  ['Gone', 'Expired'],
]);

/** Makes the error of an answer that is not a success. `what` says what was asked: `get secrets/ca in namespace pki`. */
export function apiErrorOf(what: string, status: number, body: unknown, retryAfter?: string): KubeApiError {
  const { reason, message, details } = fieldsOf(body);
  const text = typeof message === 'string' && message !== '' ? message.slice(0, 1000) : wordsFor(status);
  const seconds = Number(retryAfter ?? fieldsOf(details)['retryAfterSeconds']);
  return new KubeApiError(
    codeByReason.get(reason) ?? codeByStatus.get(status) ?? 'Other',
    status,
    `${what}: ${text}`,
    seconds > 0 ? { retryAfterMs: Math.min(seconds, maxRetryAfterSeconds) * 1000 } : {},
  );
}

/** True where `error` is the API server's (or its absence's) and has that code. */
export function isKubeError(error: unknown, code: KubeErrorCode): boolean {
  return error instanceof KubeApiError && error.code === code;
}

/** Statuses that say of a write that it is wrong, or too large, as it is. */
const finalStatuses: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * True where the API server refuses a write for good: the same bytes would be refused again. What is too large for its
 * store (etcd: 1.5 MiB, gRPC: 2 MiB) it answers with 500 and the store's own words.
 */
export function isRefusedForGood(error: unknown): error is KubeApiError {
  if (!(error instanceof KubeApiError) || error.code === 'Conflict') return false;
  return finalStatuses.has(error.status) || /request is too large|message larger than max/.test(error.message);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** For an answer without a Status. The API server has none for a kind it does not know. */
function wordsFor(status: number): string {
  if (status !== 404) return `the API server answered ${status}`;
  return 'the API server does not know this kind of object (404); apply its CRD (ours: deploy/crds.yaml; CertificateRequests come with cert-manager)';
}
