import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { controllerNamespace, group, leaderLeaseName } from '../api/group.ts';
import { createKubeClient } from '../kube/client.ts';
import type { Connection } from '../kube/connection.ts';
import type { Ending } from '../kube/controller.ts';
import { createEventRecorder } from '../kube/events.ts';
import { createLeaderElector } from '../kube/leader.ts';
import { createTransport } from '../kube/transport.ts';
import type { Clock } from '../lib/clock.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import type { ListenAddress } from '../lib/listen-address.ts';
import { healthHandler, type Health } from '../server/health.ts';
import { listen, type Listening } from '../server/listen.ts';
import { createMetrics, metricsHandler } from '../server/metrics.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import type { ManagerOptions } from './options.ts';
import { serveTerm, type TermView } from './term.ts';

/** What the controller process is made of; the command line makes it, tests make their own. */
export interface ManagerDeps {
  readonly connection: Connection;
  readonly signers: readonly SignerDefinition[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly version: string;
  readonly nodeVersion: string;
}

/** How long requests that are being signed may take to end after SIGTERM, in milliseconds; a pod has 30 s. */
const drainMs = 20_000;
/** How long events that wait may take to be sent at the end, in milliseconds. */
const flushMs = 2000;

/**
 * Runs the controller until `signal` is aborted: servers first, then the election, then one term of leadership.
 * @throws CodedError `LeaseLost` where another replica may lead now: the process must end, so nothing of this term is left.
 */
export async function runManager(options: ManagerOptions, deps: ManagerDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, random, connection } = deps;
  const client = createKubeClient(createTransport(connection, `external-issuer/${deps.version}`));
  const ownNamespace = options.podNamespace ?? connection.namespace ?? controllerNamespace;
  let term: TermView | undefined;
  let leading = false;
  let synced = false;
  const servers: NamedServer[] = [];

  const elector = createLeaderElector({
    client,
    clock,
    random,
    log,
    namespace: options.leaderElectionNamespace ?? ownNamespace,
    name: leaderLeaseName,
    identity: options.identity,
  });
  const isLeader = (): boolean => (options.leaderElect ? elector.isLeader() : leading);
  const metrics = createMetrics({
    version: deps.version,
    nodeVersion: deps.nodeVersion,
    isLeader,
    queues: () => term?.queues() ?? [],
    unfinishedRequests: () => term?.unfinishedRequests() ?? [],
    inFlight: () => term?.inFlight() ?? 0,
  });
  const health: Health = {
    notReadyBecause: () => (leading && !synced ? 'the first lists from the API server are not complete' : undefined),
    role: () => (isLeader() ? 'leader' : 'standby'),
  };

  const clusterResourceNamespace = options.clusterResourceNamespace ?? ownNamespace;

  async function lead(ending: Ending): Promise<void> {
    leading = true;
    const recorder = createEventRecorder({
      client,
      clock,
      random,
      log,
      reportingController: group,
      reportingInstance: options.identity,
    });
    log.info({ identity: options.identity, clusterResourceNamespace }, 'leading');
    await serveTerm(
      {
        client,
        clock,
        random,
        log,
        recorder,
        metrics,
        signers: deps.signers,
        enabledSigners: new Set(options.signers ?? deps.signers.map(({ type }) => type)),
        scope: {
          clusterResourceNamespace,
          allowedNamespaces: options.allowedReferenceNamespaces,
        },
        fence: () => fence(isLeader()),
        workers: options.workers,
        requestKinds: options.requestKinds,
      },
      {
        onStarted: (view) => {
          term = view;
        },
        onSynced: () => {
          synced = true;
          log.info('all issuers and requests are known');
        },
      },
      ending,
    );
    await recorder.stop(AbortSignal.timeout(flushMs));
  }

  try {
    await startServers(options, metricsHandler(metrics.registry), healthHandler(health), servers);
    for (const { what, server } of servers) log.info({ addr: server.address }, `${what} listening`);
    if (options.leaderElect) await elector.run(signal, lead);
    else await lead(endingOf(signal));
  } finally {
    await Promise.all(servers.map(({ server }) => server.close()));
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

/** Adds the servers one by one to `started`: where one cannot be had, those before it must still be closed. */
async function startServers(
  options: ManagerOptions,
  metrics: RequestListener,
  health: RequestListener,
  started: NamedServer[],
): Promise<void> {
  const wanted: readonly [string, string, ListenAddress | undefined, RequestListener][] = [
    ['metrics', '--metrics-bind-address', options.metricsAddress, metrics],
    ['health probes', '--health-probe-bind-address', options.healthAddress, health],
  ];
  for (const [what, flag, address, handler] of wanted) {
    if (address !== undefined) started.push({ what, server: await listenFor(flag, address, handler) });
  }
}

async function listenFor(flag: string, address: ListenAddress, handler: RequestListener): Promise<Listening> {
  try {
    return await listen(address, handler);
  } catch (cause) {
    throw new CodedError('Listen', `${flag}: ${messageOf(cause)}; choose another address`, { cause });
  }
}
