import { certificateSigningRequests } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isKubeError, KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { signingRequestState } from './wait-state.ts';

/** What became of a request that was waited for. Texts of others are not safe for a terminal. */
export type WaitOutcome =
  /** `pem` is what the signer wrote: leaf first, not looked at. */
  | { readonly outcome: 'issued'; readonly pem: string; readonly request: CertificateSigningRequest }
  | {
      readonly outcome: 'denied' | 'failed';
      readonly reason: string;
      readonly message: string;
      readonly request: CertificateSigningRequest;
    }
  /** There is none of that name (any more); `request` as it was last seen. */
  | { readonly outcome: 'gone'; readonly request?: CertificateSigningRequest }
  /** The time is over; `trouble` where the API server's last answer was an error. */
  | { readonly outcome: 'undecided'; readonly request?: CertificateSigningRequest; readonly trouble?: KubeApiError };

/** How long to wait, and who is told meanwhile. */
export interface WaitOptions {
  readonly timeoutMs: number;
  /** Called with the request when it is first seen, and after each change of it; it is not waited for. */
  readonly onChange?: (request: CertificateSigningRequest) => void;
  /** Called after each look that ends nothing, with the request as last seen, and the trouble that this look had; it is waited for. */
  readonly onLook?: (request: CertificateSigningRequest | undefined, trouble: KubeApiError | undefined) => Promise<void>;
}

/** Time between two looks, in milliseconds. */
const intervalMs = 1500;

/**
 * Asks for the request until it is decided and, where it is approved, has a certificate. Only the right to get it is needed, so it is
 * not watched. It is looked at once more when the time is over.
 * @throws {KubeApiError} where the API server refuses: no right, no login. No answer, or one of trouble, is waited out.
 */
export async function waitForCertificate(
  client: Pick<KubeClient, 'get'>,
  name: string,
  { timeoutMs, onChange, onLook }: WaitOptions,
  { clock }: { readonly clock: Clock },
  signal: AbortSignal,
): Promise<WaitOutcome> {
  const deadline = clock.monotonic() + timeoutMs;
  let request: CertificateSigningRequest | undefined;
  for (;;) {
    const seen = await look(client, name, signal);
    if (seen === 'gone') return { outcome: 'gone', ...optional({ request }) };
    if (!(seen instanceof KubeApiError)) {
      if (seen.metadata.resourceVersion !== request?.metadata.resourceVersion || request === undefined) onChange?.(seen);
      request = seen;
      const found = endOf(seen);
      if (found !== undefined) return found;
    }
    const trouble = seen instanceof KubeApiError ? seen : undefined;
    await onLook?.(request, trouble);
    const leftMs = deadline - clock.monotonic();
    if (leftMs <= 0) return { outcome: 'undecided', ...optional({ request }), ...(trouble === undefined ? {} : { trouble }) };
    await clock.sleep(Math.min(Math.max(trouble?.retryAfterMs ?? 0, intervalMs), leftMs), signal);
  }
}

/** The request, that there is none, or trouble that may pass. */
async function look(
  client: Pick<KubeClient, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<CertificateSigningRequest | KubeApiError | 'gone'> {
  try {
    return await client.get(certificateSigningRequests, { name }, { signal });
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return 'gone';
    if (error instanceof KubeApiError && mayPass(error)) return error;
    throw error;
  }
}

function mayPass({ code, status }: KubeApiError): boolean {
  return code === 'Unreachable' || status === 429 || status >= 500;
}

function endOf(request: CertificateSigningRequest): WaitOutcome | undefined {
  const found = signingRequestState(request);
  switch (found.state) {
    case 'issued':
      return { outcome: 'issued', pem: found.pem, request };
    case 'denied':
    case 'failed':
      return { outcome: found.state, reason: found.reason, message: found.message, request };
    default:
      return undefined;
  }
}

function optional({ request }: { readonly request: CertificateSigningRequest | undefined }): {
  readonly request?: CertificateSigningRequest;
} {
  return request === undefined ? {} : { request };
}
