import type { SignRequest } from '../../signers/signer.ts';
import type { Requester, RequestKindName } from '../request-view.ts';

/** What a policy looks at: what would be signed, and who asks. */
export interface PolicySubject {
  readonly kind: RequestKindName;
  /** Absent for a CertificateSigningRequest. */
  readonly namespace?: string;
  readonly requester?: Requester;
  readonly wanted: Pick<SignRequest, 'csr' | 'durationSeconds' | 'usages' | 'isCA'>;
}

/** What a policy says: the rule that allows the request, or why none does, for its owner and with the fields to change. */
export type Verdict = { readonly allowed: true; readonly rule: string } | { readonly allowed: false; readonly message: string };
