import { findCondition, isTrue } from '../../api/conditions.ts';
import { conditionTypes } from '../../api/group.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';

/** How far a CertificateSigningRequest has come. What others wrote is as they wrote it: not safe for a terminal. */
export type SigningRequestState =
  | {
      readonly state: 'issued';
      /** What the signer wrote, PEM by the rules of the API. */
      readonly pem: string;
    }
  | { readonly state: 'denied' | 'failed'; readonly reason: string; readonly message: string }
  | {
      readonly state: 'approved';
      /** When, in milliseconds since the epoch, where the condition says so. */
      readonly since?: number;
    }
  | { readonly state: 'unapproved' };

/** Reads the state. A certificate counts before all else: it stays, whatever is said of the request afterwards. */
export function signingRequestState({ status }: CertificateSigningRequest): SigningRequestState {
  const { certificate = '', conditions } = status ?? {};
  if (certificate !== '') return { state: 'issued', pem: Buffer.from(certificate, 'base64').toString('utf8') };
  for (const [type, state] of [[conditionTypes.denied, 'denied'] as const, [conditionTypes.failed, 'failed'] as const]) {
    const { reason = '', message = '' } = findCondition(conditions, type) ?? {};
    if (isTrue(conditions, type)) return { state, reason, message };
  }
  if (!isTrue(conditions, conditionTypes.approved)) return { state: 'unapproved' };
  const since = Date.parse(findCondition(conditions, conditionTypes.approved)?.lastTransitionTime ?? '');
  return Number.isNaN(since) ? { state: 'approved' } : { state: 'approved', since };
}
