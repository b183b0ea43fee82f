import type { RequestListener } from 'node:http';
import { group, leaderLeaseName } from '../api/group.ts';
import { createMetrics } from '../server/metrics.ts';
import { statusHandler } from '../server/status-page/handler.ts';
import type { ReplicaView } from '../server/status-page/view.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import { runElected, type ProcessDeps } from './elected.ts';
import type { ManagerOptions } from './options.ts';
import { serveTerm, type TermView } from './term.ts';

/** What the controller process is made of; the command line makes it, tests make their own. */
export interface ManagerDeps extends ProcessDeps {
  readonly signers: readonly SignerDefinition[];
}

/**
 * Runs the controller until `signal` is aborted.
 * @throws CodedError `LeaseLost` where another replica may lead now: the process must end, so nothing of this term is left.
 */
export async function runManager(options: ManagerOptions, deps: ManagerDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, random, version, nodeVersion, signers } = deps;
  let term: TermView | undefined;
  const statusPage = (replica: () => ReplicaView): RequestListener =>
    statusHandler(
      () => {
        const work = term?.work();
        return { now: clock.now(), replica: replica(), ...(work === undefined ? {} : { work }) };
      },
      options.statusAddress,
      log,
    );
  await runElected(
    {
      leaseName: leaderLeaseName,
      reportingController: group,
      ...(options.statusAddress === undefined ? {} : { status: { address: options.statusAddress, handler: statusPage } }),
      metrics: (isLeader) =>
        createMetrics({
          version,
          nodeVersion,
          isLeader,
          queues: () => term?.queues() ?? [],
          unfinishedRequests: () => term?.unfinishedRequests() ?? [],
          loads: () => term?.loads() ?? [],
        }),
      async lead({ metrics, client, recorder, namespace, fence, onSynced }, ending) {
        const clusterResourceNamespace = options.clusterResourceNamespace ?? namespace;
        log.info({ identity: options.identity, clusterResourceNamespace }, 'leading');
        await serveTerm(
          {
            client,
            clock,
            random,
            log,
            recorder,
            metrics,
            signers,
            enabledSigners: new Set(options.signers ?? signers.map(({ type }) => type)),
            scope: { clusterResourceNamespace, allowedNamespaces: options.allowedReferenceNamespaces },
            fence,
            workers: options.workers,
            requestKinds: options.requestKinds,
          },
          {
            onStarted: (view) => {
              term = view;
            },
            onSynced,
          },
          ending,
        );
      },
    },
    options,
    deps,
    signal,
  );
}
