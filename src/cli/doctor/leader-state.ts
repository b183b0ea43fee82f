import type { Facts } from './facts.ts';

/** By how much the clock of the leader, or of who asks, may be wrong, and a renewal late; in milliseconds. */
const marginMs = 5000;

type LeaderFacts = Pick<Facts, 'lease' | 'now' | 'lastSign'>;

/** Whether the Lease is there, and nobody holds it any more: it was given back, or not renewed for as long as it lasts. */
export function isLeaderGone({ lease, now }: LeaderFacts): boolean {
  if (!lease.ok) return false;
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 15 } = lease.value.spec ?? {};
  const renewedAt = Date.parse(renewTime);
  return holderIdentity === '' || Number.isNaN(renewedAt) || now - renewedAt > leaseDurationSeconds * 1000 + marginMs;
}

/** Whether a controller has worked after the last renewal, which a leader would not have done: one that takes no Lease. */
export function worksWithoutLease(facts: LeaderFacts): boolean {
  const { lease, lastSign } = facts;
  if (!lease.ok || lastSign === undefined || !isLeaderGone(facts)) return false;
  return lastSign > Date.parse(lease.value.spec?.renewTime ?? '') + marginMs;
}
