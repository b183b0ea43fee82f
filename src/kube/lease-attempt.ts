import type { Clock } from '../lib/clock.ts';
import { isKubeError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { canAcquire, heldSpec, leases, observe, releasedSpec, type Lease, type LeaseSpec, type Observation } from './lease.ts';

/** The Lease that is contended for, and who we are. */
export interface LeaseTarget {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
}

/** The Lease is ours, counted from `at`, before the write was sent, so that we never think we have it for too long. */
export interface HeldLease {
  readonly held: true;
  readonly lease: Lease;
  readonly at: number;
}

/** The Lease is another's. */
export interface ForeignLease {
  readonly held: false;
  readonly observation: Observation;
}

/**
 * Tries once to take the Lease, or to renew it where `known` says it is ours. Every write carries the resourceVersion
 * it was decided on; one that meets another's write rejects with a Conflict, which only means to try again.
 */
export async function attemptLease(
  target: LeaseTarget,
  known: HeldLease | ForeignLease | undefined,
  signal: AbortSignal,
): Promise<HeldLease | ForeignLease> {
  if (known?.held === true) {
    try {
      return await write(target, known.lease, signal);
    } catch (error) {
      if (!isKubeError(error, 'Conflict') && !isKubeError(error, 'NotFound')) throw error;
    }
  }
  const current = await read(target, signal);
  if (current === undefined) {
    // Somebody deleted it, but its holder leads until it has looked, and makes it again then.
    const leads = known?.held === false && !canAcquire(known.observation, target.identity, target.clock.monotonic());
    return leads ? known : await write(target, undefined, signal);
  }
  const observation = observe(known?.held === false ? known.observation : undefined, specOf(current), target.clock.monotonic());
  // Whoever leads and finds another's name has lost, even if that one is gone again.
  const mayWrite =
    known?.held === true
      ? specOf(current).holderIdentity === target.identity
      : canAcquire(observation, target.identity, target.clock.monotonic());
  return mayWrite ? await write(target, current, signal) : { held: false, observation };
}

/** Gives the Lease back where it is still ours, so that another can take it at once. */
export async function releaseLease(target: LeaseTarget, signal: AbortSignal): Promise<void> {
  const current = await read(target, signal);
  if (current === undefined || specOf(current).holderIdentity !== target.identity) return;
  await target.client.replace(leases, { ...current, spec: releasedSpec(specOf(current), target.clock.now()) }, { signal });
}

async function write(target: LeaseTarget, current: Lease | undefined, signal: AbortSignal): Promise<HeldLease> {
  const { client, clock, identity, leaseDurationMs, namespace, name } = target;
  const at = clock.monotonic();
  const spec = heldSpec(current?.spec, identity, leaseDurationMs, clock.now());
  const lease =
    current === undefined
      ? await client.create(leases, { metadata: { namespace, name }, spec }, { signal })
      : await client.replace(leases, { ...current, spec }, { signal });
  return { held: true, lease, at };
}

async function read({ client, namespace, name }: LeaseTarget, signal: AbortSignal): Promise<Lease | undefined> {
  try {
    return await client.get(leases, { namespace, name }, { signal });
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function specOf(lease: Lease): LeaseSpec {
  return lease.spec ?? {};
}
