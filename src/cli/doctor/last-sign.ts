import { findCondition } from '../../api/conditions.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { conditionTypes, group } from '../../api/group.ts';
import type { IssuerView } from '../../issuing/request-view.ts';
import type { Facts } from './facts.ts';

/**
 * The last sign of life of a controller: when the readiness of an issuer, or of a request of ours, last changed. Only the
 * controller writes these; where nothing changes it may be at work for days without one.
 */
export function lastSignOf(issuers: readonly IssuerView[], requests: readonly CertificateRequest[]): Pick<Facts, 'lastSign'> {
  const ours = requests.filter(({ spec }) => spec.issuerRef.group === group);
  const times = [
    ...issuers.map(({ ready }) => ready?.since ?? ''),
    ...ours.map(({ status }) => findCondition(status?.conditions, conditionTypes.ready)?.lastTransitionTime ?? ''),
  ];
  const known = times.map((time) => Date.parse(time)).filter((time) => !Number.isNaN(time));
  return known.length === 0 ? {} : { lastSign: known.reduce((latest, time) => Math.max(latest, time)) };
}
