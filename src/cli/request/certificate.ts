import type { IssuerRef } from '../../api/certificate-request.ts';
import type { Condition } from '../../api/conditions.ts';
import { certManagerGroup } from '../../api/group.ts';
import { timestamp } from '../../api/conditions.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';

/**
 * cert-manager's Certificate, as far as it is shown.
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate
 */
export interface Certificate extends KubeObject {
  readonly spec: {
    readonly commonName?: string;
    readonly literalSubject?: string;
    readonly dnsNames?: readonly string[];
    readonly ipAddresses?: readonly string[];
    readonly uris?: readonly string[];
    readonly emailAddresses?: readonly string[];
    readonly duration?: string;
    readonly renewBefore?: string;
    readonly renewBeforePercentage?: number;
    readonly secretName: string;
    readonly issuerRef: IssuerRef;
    readonly isCA?: boolean;
    readonly usages?: readonly string[];
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly notBefore?: string;
    readonly notAfter?: string;
    readonly renewalTime?: string;
    readonly revision?: number;
    readonly lastFailureTime?: string;
    readonly failedIssuanceAttempts?: number;
  };
}

export const certificates: Resource<Certificate> = {
  group: certManagerGroup,
  version: 'v1',
  kind: 'Certificate',
  plural: 'certificates',
  namespaced: true,
};

/** An object that is owned by another, as Kubernetes writes it. */
interface Owned extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly ownerReferences?: readonly { readonly uid?: string }[] };
}

/** Those that the Certificate owns, the newest first. */
export function requestsOf<T extends KubeObject>({ metadata: { uid } }: Certificate, requests: readonly T[]): readonly T[] {
  const createdAt = ({ metadata }: T): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
  const revision = ({ metadata }: T): number =>
    Number(metadata.annotations?.['cert-manager.io/certificate-revision'] ?? 0) || 0;
  return requests
    .filter(({ metadata }: Owned) => uid !== undefined && metadata.ownerReferences?.some((owner) => owner.uid === uid) === true)
    .toSorted((a, b) => createdAt(b) - createdAt(a) || revision(b) - revision(a));
}

/** cert-manager asks again after an hour, then two, four and so on up to this many hours. */
const longestBackoffHours = 32;
const hourMs = 3_600_000;

/**
 * When cert-manager makes the next request after one that failed, RFC 3339; undefined where none has.
 * @see https://cert-manager.io/docs/faq/#what-happens-if-issuance-fails
 */
export function nextAttempt({ status }: Certificate): string | undefined {
  const failedAt = Date.parse(status?.lastFailureTime ?? '');
  if (Number.isNaN(failedAt)) return undefined;
  const attempts = Math.min(Math.max(status?.failedIssuanceAttempts ?? 1, 1), 10);
  return timestamp(failedAt + Math.min(2 ** (attempts - 1), longestBackoffHours) * hourMs);
}
