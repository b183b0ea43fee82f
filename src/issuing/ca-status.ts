import { caStatusSchema, type CaStatus } from '../api/ca-status.ts';
import { timestamp } from '../api/conditions.ts';
import type { CaFacts } from '../signers/signer.ts';
import type { IssuerView } from './request-view.ts';

/** What a signer says of its CA, as the status shows it; undefined where it is larger than a status should be. */
export function caStatusOf({ subject, serialHex, notAfter, keyId, certificatePem }: CaFacts): CaStatus | undefined {
  if (Number.isNaN(new Date(notAfter).getTime())) return undefined;
  const ca = { subject, serialNumber: serialHex, notAfter: timestamp(notAfter), keyId };
  const status = caStatusSchema.safeParse({ ca, caCertificate: certificatePem });
  return status.success ? status.data : undefined;
}

/**
 * The CA that the status is to show after a look at the issuer: what a check that passed found. One that did not pass says nothing
 * of the CA, so what is shown stays, as long as it is about this version of the spec.
 */
export function caToShow(
  { ca, ready, generation }: Pick<IssuerView, 'ca' | 'ready' | 'generation'>,
  found: { readonly status: string; readonly ca?: CaStatus },
): CaStatus | undefined {
  if (found.status === 'True') return found.ca;
  return ready?.observedGeneration === generation ? ca : undefined;
}

/** Whether two statuses show the same CA. */
export function isSameCa(a: CaStatus | undefined, b: CaStatus | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.caCertificate === b.caCertificate &&
    a.ca.subject === b.ca.subject &&
    a.ca.serialNumber === b.ca.serialNumber &&
    a.ca.notAfter === b.ca.notAfter &&
    a.ca.keyId === b.ca.keyId
  );
}
