import type { KubeObject, Resource } from './resource.ts';

/** The fields of a Lease that leader election uses; times are MicroTime, `2026-01-02T03:04:05.678000Z`. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** A Lease. @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** The Leases of the cluster. */
export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** A record, and when it was first seen by our own monotonic clock: the holder's clock is never compared with ours. */
export interface Observation {
  readonly spec: LeaseSpec;
  readonly at: number;
}

/** What is known after `spec` was read at `now`: a record that has not changed keeps the time it was first seen. */
export function observe(before: Observation | undefined, spec: LeaseSpec, now: number): Observation {
  return before !== undefined && sameRecord(before.spec, spec) ? before : { spec, at: now };
}

/**
 * Whether `identity` may take the Lease: nobody holds it, it is ours already, or its holder has not renewed it for as
 * long as the record says it lasts. `now` is of the same monotonic clock as the observation.
 */
export function canAcquire({ spec, at }: Observation, identity: string, now: number): boolean {
  const holder = spec.holderIdentity ?? '';
  return holder === '' || holder === identity || now >= at + (spec.leaseDurationSeconds ?? 0) * 1000;
}

/** The record by which `identity` takes (from whoever had it) or renews the Lease; `now` in milliseconds since the epoch. */
export function heldSpec(before: LeaseSpec | undefined, identity: string, durationMs: number, now: number): LeaseSpec {
  const time = microTime(now);
  const renewal = before?.holderIdentity === identity;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: renewal ? (before.acquireTime ?? time) : time,
    renewTime: time,
    leaseTransitions: before === undefined || renewal ? transitions : transitions + 1,
  };
}

/** The record of a Lease that was given back, which anybody may take at once. */
export function releasedSpec(before: LeaseSpec, now: number): LeaseSpec {
  const time = microTime(now);
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time };
}

/** A time as Kubernetes' MicroTime, with six digits. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

function sameRecord(one: LeaseSpec, other: LeaseSpec): boolean {
  return (
    one.holderIdentity === other.holderIdentity &&
    one.leaseDurationSeconds === other.leaseDurationSeconds &&
    one.acquireTime === other.acquireTime &&
    one.renewTime === other.renewTime &&
    one.leaseTransitions === other.leaseTransitions
  );
}
