import { createSignerPool } from '../issuing/signer-pool.ts';
import type { Ending } from '../kube/controller.ts';
import { createKnownCas } from '../x509/known-cas.ts';
import { messageOf } from '../lib/errors.ts';
import type { MetricSources } from '../server/metrics.ts';
import { createActivity } from '../server/status-page/activity.ts';
import type { WorkView } from '../server/status-page/view.ts';
import { createIssuerSide, type IssuerSide } from './issuer-side.ts';
import { createRequestSides } from './request-sides.ts';
import { workView } from './status-view.ts';
import type { TermDeps } from './term-deps.ts';

/** What can be seen of a term from outside. */
export interface TermView {
  readonly queues: MetricSources['queues'];
  readonly unfinishedRequests: MetricSources['unfinishedRequests'];
  readonly loads: MetricSources['loads'];
  readonly work: () => WorkView;
}

/** Works as the leader until told to stop. `onStarted` gets the view, `onSynced` is called when all is known. */
export async function serveTerm(
  deps: TermDeps,
  hooks: { readonly onStarted: (view: TermView) => void; readonly onSynced: () => void },
  ending: Ending,
): Promise<void> {
  const pool = createSignerPool({
    clock: deps.clock,
    // No key is of two kinds: one has namespaces, the other none.
    wake: (key) => requests.forEach(({ wake }) => wake(key)),
    onCloseFailed: (error) => deps.log.warn({ error: messageOf(error) }, 'a signer did not close cleanly'),
  });
  const issuers: IssuerSide = createIssuerSide(deps, pool, (issuerKey) =>
    requests.forEach(({ wakeFor }) => wakeFor(issuerKey)),
  );
  const activity = createActivity(deps.clock.now);
  const requests = createRequestSides(deps, { pool, known: createKnownCas(), issuers, activity });

  const queues = () => [queueView('issuer', issuers.queue), ...requests.map(({ kind, queue }) => queueView(kind, queue))];
  const unfinishedRequests = () =>
    requests.flatMap(({ kind, unfinished }) => unfinished().map((tally) => ({ kind, ...tally })));
  hooks.onStarted({
    queues,
    unfinishedRequests,
    work: () => ({
      ...workView({ clock: deps.clock, pool, issuers, requests, activity }),
      queues: queues(),
      tallies: unfinishedRequests(),
    }),
    loads: () => [...issuers.values()].map(({ key, uid }) => ({ issuer: key, load: pool.loadOf(uid) })),
  });
  void Promise.all([issuers, ...requests].map(async ({ synced }) => await synced)).then(hooks.onSynced);
  await Promise.all([issuers, ...requests].map(async ({ run }) => await run(ending)));
  await pool.close();
}

function queueView(name: string, queue: IssuerSide['queue']): { name: string; depth: number; oldestAgeMs: number } {
  return { name, depth: queue.depth, oldestAgeMs: queue.oldestAgeMs() };
}
