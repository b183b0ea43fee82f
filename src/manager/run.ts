import { group, leaderLeaseName } from '../api/group.ts';
import { createMetrics } from '../server/metrics.ts';
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
  await runElected(
    {
      leaseName: leaderLeaseName,
      reportingController: group,
      metrics: (isLeader) =>
        createMetrics({
          version,
          nodeVersion,
          isLeader,
          queues: () => term?.queues() ?? [],
          unfinishedRequests: () => term?.unfinishedRequests() ?? [],
          inFlight: () => term?.inFlight() ?? 0,
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
