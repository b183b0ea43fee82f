import type { IssuerRef } from '../../api/certificate-request.ts';
import { group, issuerKinds } from '../../api/group.ts';
import type { IssuerKey } from '../../issuing/request-view.ts';

/** Whether a request means an issuer of ours: by its group, or by a kind that is nobody else's. */
export function nameOfOurs({ group: written, kind }: IssuerRef): boolean {
  return written === group || issuerKinds.some((known) => known.kind === kind);
}

/** An issuer as findings name it: `ExternalIssuer team-a/ca`. */
export function issuerName({ kind, namespace, name }: IssuerKey): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
