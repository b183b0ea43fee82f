import type { IssuerRef } from '../../api/certificate-request.ts';
import { group, issuerKinds } from '../../api/group.ts';

/** Whether a request means an issuer of ours: by its group, or by a kind that is nobody else's. */
export function nameOfOurs({ group: written, kind }: IssuerRef): boolean {
  return written === group || issuerKinds.some((known) => known.kind === kind);
}
