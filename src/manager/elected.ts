import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { controllerNamespace } from '../api/group.ts';
import { createKubeClient, type KubeClient } from '../kube/client.ts';
import type { Connection } from '../kube/connection.ts';
import type { Ending } from '../kube/controller.ts';
import { createEventRecorder, type EventRecorder } from '../kube/events.ts';
import { createLeaderElector } from '../kube/leader.ts';
import { createTransport } from '../kube/transport.ts';
import type { Clock } from '../lib/clock.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import type { ListenAddress } from '../lib/listen-address.ts';
import { healthHandler, type Health } from '../server/health.ts';
import { listen, type Listening } from '../server/listen.ts';
import { metricsServing, type MetricsServing } from '../server/metrics-server.ts';
import { metricsHandler } from '../server/metrics.ts';
import type { ProcessMetrics } from '../server/process-metrics.ts';
import type { ReplicaView } from '../server/status-page/view.ts';
import type { ProcessOptions } from './options.ts';
import { replicaView } from './status-view.ts';

/** What every process is made of; the command line makes it, tests make their own. */
export interface ProcessDeps {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly version: string;
  readonly nodeVersion: string;
}

/** What a leader works with. */
export interface Leadership<M extends ProcessMetrics> {
  readonly metrics: M;
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  /** The namespace the process runs in. */
  readonly namespace: string;
  /** Throws where this replica is not surely the leader: nothing is written then. */
  readonly fence: () => void;
  /** To be called once all that is watched is known. */
  readonly onSynced: () => void;
}

/** Where a status page is served, and what answers. */
interface StatusPage {
  readonly address: ListenAddress;
  readonly handler: (replica: () => ReplicaView) => RequestListener;
}

/** A process whose replicas elect one that works. */
export interface ElectedWork<M extends ProcessMetrics> {
  readonly leaseName: string;
  /** Who speaks in events. */
  readonly reportingController: string;
  readonly metrics: (isLeader: () => boolean) => M;
  readonly lead: (leadership: Leadership<M>, ending: Ending) => Promise<void>;
  /** The status page, where one is to be served. */
  readonly status?: StatusPage;
}

/** How long requests that are being worked on may take to end after SIGTERM, in milliseconds; a pod has 30 s. */
const drainMs = 20_000;
/** How long events that wait may take to be sent at the end, in milliseconds. */
const flushMs = 2000;

/**
 * Runs a process until `signal` is aborted: servers first, then the election, then one term of leadership.
 * @throws CodedError `LeaseLost` where another replica may lead now: the process must end, so nothing of this term is left.
 */
export async function runElected<M extends ProcessMetrics>(
  work: ElectedWork<M>,
  options: ProcessOptions,
  { connection, clock, random, log, version, nodeVersion }: ProcessDeps,
  signal: AbortSignal,
): Promise<void> {
  const { identity } = options;
  const client = createKubeClient(createTransport(connection, `external-issuer/${version}`));
  const namespace = options.podNamespace ?? connection.namespace ?? controllerNamespace;
  let leading = false;
  let leadingSince: number | undefined;
  let synced = false;
  const servers: NamedServer[] = [];

  const lease = { namespace: options.leaderElectionNamespace ?? namespace, name: work.leaseName };
  const elector = createLeaderElector({
    client,
    clock,
    random,
    log,
    ...lease,
    identity,
  });
  const isLeader = (): boolean => (options.leaderElect ? elector.isLeader() : leading);
  const metrics = work.metrics(isLeader);
  const health: Health = {
    notReadyBecause: () => (leading && !synced ? 'the first lists from the API server are not complete' : undefined),
    role: () => (isLeader() ? 'leader' : 'standby'),
  };

  const aboutProcess = {
    identity,
    namespace,
    version,
    nodeVersion,
    startedAt: clock.now(),
    port: work.status?.address.port ?? 0,
  };
  const replica = (): ReplicaView =>
    replicaView(
      { ...aboutProcess, ...(options.leaderElect ? { lease } : {}) },
      { leads: isLeader(), leadingSince, synced, holder: elector.otherHolder() },
    );

  async function lead(ending: Ending): Promise<void> {
    leading = true;
    leadingSince = clock.now();
    const reporter = { reportingController: work.reportingController, reportingInstance: identity };
    const recorder = createEventRecorder({ client, clock, random, log, ...reporter });
    const onSynced = (): void => {
      synced = true;
      log.info('all issuers and requests are known');
    };
    await work.lead({ metrics, client, recorder, namespace, fence: () => fence(isLeader()), onSynced }, ending);
    await recorder.stop(AbortSignal.timeout(flushMs));
  }

  try {
    const serving = await metricsServing(metricsHandler(metrics.registry), options.metricsSecurity, { client, clock, log });
    await startServers(
      [
        ['metrics', '--metrics-bind-address', options.metricsAddress, serving],
        ['health probes', '--health-probe-bind-address', options.healthAddress, { handler: healthHandler(health) }],
        ...(work.status === undefined ? [] : [statusPage(work.status, replica)]),
      ],
      servers,
    );
    for (const { what, server } of servers) log.info({ addr: server.address }, `${what} listening`);
    if (options.leaderElect) await elector.run(signal, lead);
    else await lead(endingOf(signal));
  } finally {
    await Promise.all(servers.map(async ({ server }) => await server.close()));
    await connection.close();
    log.info('stopped');
  }
}

function fence(leads: boolean): void {
  if (!leads)
    throw new CodedError('LeaseLost', 'this replica does not surely hold the Lease, so it neither writes nor asks a CA');
}

function endingOf(stop: AbortSignal): Ending {
  const abort = new AbortController();
  stop.addEventListener('abort', () => setTimeout(() => abort.abort(), drainMs).unref(), { once: true });
  return { stop, abort: abort.signal };
}

interface NamedServer {
  readonly what: string;
  readonly server: Listening;
}

/** What is served, the flag that says where, where (absent: nowhere), and what answers. */
type WantedServer = readonly [string, string, ListenAddress | undefined, MetricsServing];

function statusPage({ address, handler }: StatusPage, replica: () => ReplicaView): WantedServer {
  return ['status page', '--status-bind-address', address, { handler: handler(replica) }];
}

/** Adds the servers one by one to `started`: where one cannot be had, those before it must still be closed. */
async function startServers(wanted: readonly WantedServer[], started: NamedServer[]): Promise<void> {
  for (const [what, flag, address, serving] of wanted) {
    if (address !== undefined) started.push({ what, server: await listenFor(flag, address, serving) });
  }
}

async function listenFor(flag: string, address: ListenAddress, { handler, certificate }: MetricsServing): Promise<Listening> {
  try {
    return await listen(address, handler, certificate);
  } catch (cause) {
    throw new CodedError('Listen', `${flag}: ${messageOf(cause)}; choose another address`, { cause });
  }
}
