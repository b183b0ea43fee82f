import { setImmediate } from 'node:timers/promises';
import { KubeApiError } from '../../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../../src/kube/client.ts';
import type { Lease } from '../../../../src/kube/lease.ts';

type LeaseClient = Pick<KubeClient, 'get' | 'create' | 'replace'>;

/** The Lease verbs of an API server: resourceVersions, NotFound, AlreadyExists and Conflict as there. */
export interface FakeLeases {
  lease: Lease | undefined;
  readonly writes: Lease[];
  /** A client of its own for each replica, whose network can be cut. */
  client(): LeaseClient & { network: 'up' | 'down' | 'silent' | 'no answers'; travel: () => Promise<void> };
}

export function createFakeLeases(): FakeLeases {
  let version = 0;

  function write(lease: Lease): Lease {
    version += 1;
    const metadata = { ...lease.metadata, resourceVersion: String(version) };
    leases.lease = structuredClone({ ...lease, metadata });
    leases.writes.push(leases.lease);
    return structuredClone(leases.lease);
  }

  const leases: FakeLeases = {
    lease: undefined,
    writes: [],
    client() {
      const client = {
        network: 'up' as 'up' | 'down' | 'silent' | 'no answers',
        travel: setImmediate as () => Promise<void>,
        async reach<T>(work: () => T): Promise<T> {
          await client.travel();
          if (client.network === 'down') throw new KubeApiError('Unreachable', 0, 'connection refused');
          if (client.network === 'silent') await new Promise(() => undefined);
          const answer = work();
          if (client.network === 'no answers') throw new KubeApiError('Unreachable', 0, 'socket hang up');
          return answer;
        },
        get: (() =>
          client.reach(() => {
            if (leases.lease === undefined) throw new KubeApiError('NotFound', 404, 'not found');
            return structuredClone(leases.lease);
          })) as unknown as LeaseClient['get'],
        create: ((_: unknown, lease: Lease) =>
          client.reach(() => {
            if (leases.lease !== undefined) throw new KubeApiError('AlreadyExists', 409, 'exists');
            return write(lease);
          })) as unknown as LeaseClient['create'],
        replace: ((_: unknown, lease: Lease) =>
          client.reach(() => {
            if (leases.lease === undefined) throw new KubeApiError('NotFound', 404, 'not found');
            const seen = lease.metadata.resourceVersion;
            if (leases.lease.metadata.resourceVersion !== seen) throw new KubeApiError('Conflict', 409, 'modified');
            return write(lease);
          })) as unknown as LeaseClient['replace'],
      };
      return client;
    },
  };
  return leases;
}
