import type { Clock } from '../../../lib/clock.ts';
import type { IssuerIdentity, ReferencedData, RequestServiceAccountToken } from '../../signer.ts';

/** What the credential of one issuer is made of. */
export interface AuthInput {
  /** The Secret of `auth.secretRef`, else of the issuer's `authSecretRef`. */
  readonly secret?: ReferencedData;
  /** Which of its keys holds the credential, where the reference says so. */
  readonly secretKey?: string;
  readonly issuer: IssuerIdentity;
  /** Absent without a cluster. */
  readonly requestToken?: RequestServiceAccountToken;
  readonly clock: Clock;
  readonly uuid: () => string;
}
