import { approverLeaseName } from '../api/group.ts';
import { createApproverMetrics } from '../server/approver-metrics.ts';
import type { ApprovalSide } from './approval-side.ts';
import { serveApproverTerm } from './approver-term.ts';
import { runElected, type ProcessDeps } from './elected.ts';
import type { ProcessOptions } from './options.ts';

/**
 * Runs the approver until `signal` is aborted.
 * @throws CodedError `LeaseLost` where another replica may lead now: the process must end, so nothing of this term is left.
 */
export async function runApprover(options: ProcessOptions, deps: ProcessDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, random, version, nodeVersion } = deps;
  let sides: readonly ApprovalSide[] = [];
  await runElected(
    {
      leaseName: approverLeaseName,
      reportingController: approverLeaseName,
      metrics: (isLeader) =>
        createApproverMetrics({
          version,
          nodeVersion,
          isLeader,
          queues: () => sides.map(({ kind, queue }) => ({ name: kind, depth: queue.depth, oldestAgeMs: queue.oldestAgeMs() })),
          unfinishedRequests: () => sides.flatMap(({ kind, undecided }) => undecided().map((tally) => ({ kind, ...tally }))),
        }),
      async lead({ metrics, client, recorder, fence, onSynced }, ending) {
        log.info({ identity: options.identity }, 'leading');
        const { workers, requestKinds } = options;
        const onStarted = (started: readonly ApprovalSide[]): void => {
          sides = started;
        };
        const term = { client, clock, random, log, recorder, metrics, fence, workers, requestKinds };
        await serveApproverTerm(term, { onStarted, onSynced }, ending);
      },
    },
    options,
    deps,
    signal,
  );
}
