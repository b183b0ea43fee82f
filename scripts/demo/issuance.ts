import { isTrue } from '../../src/api/conditions.ts';
import type { ObjectKey } from '../../src/kube/resource.ts';
import type { Observer } from '../../test/e2e/support/observer.ts';
import type { CertificateResource } from './certificate.ts';

/** A Certificate that became Ready. */
export interface Issuance {
  readonly certificate: CertificateResource;
  /** Milliseconds from when the Certificate was first seen, or from `since`, to when it was seen Ready. */
  readonly tookMs: number;
}

/**
 * Resolves when the Certificate is Ready with at least that revision; rejects after a minute.
 * @param since `performance.now()` of what caused it; by default when the Certificate was first seen.
 */
export async function untilIssued(
  watch: Observer<CertificateResource>,
  key: ObjectKey,
  revision: number,
  since?: number,
): Promise<Issuance> {
  const isIssued = ({ status }: CertificateResource): boolean => {
    const { conditions, revision: issued = 0 } = status ?? {};
    return issued >= revision && isTrue(conditions, 'Ready') && !isTrue(conditions, 'Issuing');
  };
  const { object, at } = await watch.until(key, 'is Ready', isIssued, 60_000);
  return { certificate: object, tookMs: at - (since ?? watch.sightings(key)[0]?.at ?? at) };
}
