import { group } from '../api/group.ts';
import { certificateRequests } from '../api/resources.ts';
import { createSignerPool } from '../issuing/signer-pool.ts';
import { KubeApiError } from '../kube/api-error.ts';
import type { Selection } from '../kube/client.ts';
import type { Ending } from '../kube/controller.ts';
import { backoffDelay } from '../lib/backoff.ts';
import { messageOf } from '../lib/errors.ts';
import type { MetricSources } from '../server/metrics.ts';
import { createIssuerSide, type IssuerSide } from './issuer-side.ts';
import { createRequestSide } from './request-side.ts';
import type { TermDeps } from './term-deps.ts';

/** What can be seen of a term from outside. */
export interface TermView {
  readonly queues: MetricSources['queues'];
  unfinishedRequests(): number;
  inFlight(): number;
}

const backoff = { baseMs: 800, maxMs: 30_000 };

/** Works as the leader until told to stop. `onStarted` gets the view, `onSynced` is called when all is known. */
export async function serveTerm(
  deps: TermDeps,
  hooks: { readonly onStarted: (view: TermView) => void; readonly onSynced: () => void },
  ending: Ending,
): Promise<void> {
  const selection = await requestSelection(deps, ending.stop);
  const pool = createSignerPool({
    clock: deps.clock,
    wake: (key) => requests.wake(key),
    onCloseFailed: (error) => deps.log.warn({ error: messageOf(error) }, 'a signer did not close cleanly'),
  });
  const issuers: IssuerSide = createIssuerSide(deps, pool, (issuerKey) => requests.wakeFor(issuerKey));
  const requests = createRequestSide(deps, pool, issuers, selection);

  hooks.onStarted({
    queues: () => [queueView('issuer', issuers.queue), queueView('request', requests.queue)],
    unfinishedRequests: requests.unfinished,
    inFlight: pool.inFlight,
  });
  void Promise.all([issuers.synced, requests.synced]).then(hooks.onSynced);
  await Promise.all([issuers.run(ending), requests.run(ending)]);
  await pool.close();
}

function queueView(name: string, queue: IssuerSide['queue']): { name: string; depth: number; oldestAgeMs: number } {
  return { name, depth: queue.depth, oldestAgeMs: queue.oldestAgeMs() };
}

/**
 * Newer CRDs of cert-manager serve a field selector on the issuer's group (selectableFields); where it is not served, every
 * request of the cluster is sent to us, and the others' are left aside here. Asked until there is an answer.
 */
async function requestSelection({ client, clock, random, log }: TermDeps, signal: AbortSignal): Promise<Selection> {
  const selection = { fieldSelector: `spec.issuerRef.group=${group}` };
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await client.list(certificateRequests, { ...selection, limit: 1, signal });
      return selection;
    } catch (error) {
      if (error instanceof KubeApiError && isRefusal(error.status, failures)) return {};
      log.warn({ error: messageOf(error) }, 'cannot ask the API server for requests yet');
      await clock.sleep(backoffDelay(backoff, failures, random()), signal).catch(() => undefined);
    }
  }
  return {};
}

/** An API server that has just started may refuse (403) what it allows a moment later: that is believed the fourth time. */
function isRefusal(status: number, failures: number): boolean {
  return status === 400 || status === 404 || (status === 403 && failures > 3);
}
