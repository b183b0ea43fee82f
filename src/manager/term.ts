import { createSignerPool } from '../issuing/signer-pool.ts';
import type { Ending } from '../kube/controller.ts';
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

/** Works as the leader until told to stop. `onStarted` gets the view, `onSynced` is called when all is known. */
export async function serveTerm(
  deps: TermDeps,
  hooks: { readonly onStarted: (view: TermView) => void; readonly onSynced: () => void },
  ending: Ending,
): Promise<void> {
  const pool = createSignerPool({
    clock: deps.clock,
    wake: (key) => requests.wake(key),
    onCloseFailed: (error) => deps.log.warn({ error: messageOf(error) }, 'a signer did not close cleanly'),
  });
  const issuers: IssuerSide = createIssuerSide(deps, pool, (issuerKey) => requests.wakeFor(issuerKey));
  const requests = createRequestSide(deps, pool, issuers);

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
