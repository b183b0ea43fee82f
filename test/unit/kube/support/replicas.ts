import { pino } from 'pino';
import type { Ending } from '../../../../src/kube/controller.ts';
import { createLeaderElector, type LeaderElector } from '../../../../src/kube/leader.ts';
import { CodedError, messageOf } from '../../../../src/lib/errors.ts';
import { createFakeClock, createFakeWorld, type FakeWorld } from './fake-clock.ts';
import { createFakeLeases, type FakeLeases } from './fake-leases.ts';

/** A process that takes part in the election. */
interface Replica {
  readonly client: ReturnType<FakeLeases['client']>;
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  /** What became of `run`; undefined while it runs. */
  result: string | undefined;
  ending: Ending | undefined;
  /** Lets the work end; it does so by itself at `stop` unless it is slow. */
  finish: (error?: Error) => void;
}

/** Starts a replica with a clock of its own, `skewMs` off. */
export function startReplica(
  leases: FakeLeases,
  world: FakeWorld,
  identity: string,
  options: { skewMs?: number; slow?: boolean } = {},
): Replica {
  const client = leases.client();
  const stop = new AbortController();
  const elector = createLeaderElector({
    client,
    clock: createFakeClock(world, options.skewMs),
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    namespace: 'issuer',
    name: 'lock',
    identity,
  });
  const work = Promise.withResolvers<void>();
  const finish = (error?: Error): void => (error === undefined ? work.resolve() : work.reject(error));
  const replica: Replica = { client, elector, stop, result: undefined, ending: undefined, finish };
  const lead = async (ending: Ending): Promise<void> => {
    replica.ending = ending;
    if (options.slow !== true) ending.stop.addEventListener('abort', () => work.resolve());
    await work.promise;
  };
  elector.run(stop.signal, lead).then(
    () => (replica.result = 'released'),
    (error: unknown) => (replica.result = error instanceof CodedError ? error.code : messageOf(error)),
  );
  return replica;
}

interface TwoReplicas {
  readonly world: FakeWorld;
  readonly leases: FakeLeases;
  readonly first: Replica;
  readonly second: Replica;
}

/** Two replicas of which the first leads. */
export async function twoReplicas(options: { skewMs?: number; slow?: boolean } = {}): Promise<TwoReplicas> {
  const world = createFakeWorld();
  const leases = createFakeLeases();
  const first = startReplica(leases, world, 'first', { slow: options.slow ?? false });
  await world.advance(0);
  const second = startReplica(leases, world, 'second', options);
  await world.advance(0);
  return { world, leases, first, second };
}
