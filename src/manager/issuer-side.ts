import { createIssuerReconciler } from '../issuing/reconcile-issuer.ts';
import { createIssuerStatusWriter } from '../issuing/issuer-status.ts';
import { viewIssuer } from '../issuing/issuer-view.ts';
import { createReferenceReader } from '../issuing/references.ts';
import { createReferenceWatcher } from '../issuing/reference-watcher.ts';
import { issuerKeyText, type IssuerView } from '../issuing/request-view.ts';
import type { SignerPool } from '../issuing/signer-pool.ts';
import { createTokenRequester } from '../issuing/token-request.ts';
import { wakesByIssuer } from '../issuing/triggers.ts';
import { runController, type Ending } from '../kube/controller.ts';
import type { KubeApiError } from '../kube/api-error.ts';
import { createWorkQueue, type WorkQueue } from '../kube/workqueue.ts';
import { createCheckLog, type CheckTimes } from './check-log.ts';
import { createIssuerReports } from './issuer-reports.ts';
import { createIssuerStores, issuerNamesOf, issuerResource } from './issuer-stores.ts';
import type { TermDeps } from './term-deps.ts';

/** The issuers of both kinds: what is known of them, and the controller that checks them. */
export interface IssuerSide {
  find(key: string): IssuerView | undefined;
  values(): Iterable<IssuerView>;
  /** Signing has shown something about the issuer that its status must say. */
  reconsider(issuer: IssuerView): void;
  readonly queue: WorkQueue;
  /** When the issuer of that uid was checked, and will be. */
  checkTimesOf(uid: string): CheckTimes;
  /** Settles when every issuer of the cluster is known. */
  readonly synced: Promise<unknown>;
  run(ending: Ending): Promise<void>;
}

const backoff = { baseMs: 1000, maxMs: 300_000 };
/** Issuers that are checked at once: a check may wait for its CA for a minute, and must not keep the others waiting. */
const issuerWorkers = 64;

/** Makes the issuer side. `wakeRequests` looks again at the requests of an issuer. */
export function createIssuerSide(deps: TermDeps, pool: SignerPool, wakeRequests: (issuerKey: string) => void): IssuerSide {
  const { client, clock, random, log, metrics } = deps;
  const queue = createWorkQueue({ clock, random, backoff });
  const checks = createCheckLog(clock.now);
  const reports = checks.following(createIssuerReports(deps));

  const onReferenceTrouble = (issuerKeys: readonly string[], error: KubeApiError): void => {
    metrics.watchRestarts.inc({ resource: 'references' });
    for (const issuer of issuerKeys.map(find)) if (issuer !== undefined) reports.referenceTrouble(issuer, error);
  };
  const watcher = createReferenceWatcher({ client, clock, random, log, wake: queue.add, onTrouble: onReferenceTrouble });

  function onDelta(before: IssuerView | undefined, after: IssuerView | undefined): void {
    const issuer = after ?? before;
    if (issuer === undefined) return;
    const key = issuerKeyText(issuer.key);
    const wake = wakesByIssuer(before, after);
    if (wake.issuer || after === undefined) queue.add(key);
    if (wake.requests) wakeRequests(key);
  }

  const onTrouble = (resource: string): void => metrics.watchRestarts.inc({ resource });
  const stores = createIssuerStores(viewIssuer, onDelta, { client, clock, random, log, onTrouble });

  function find(key: string): IssuerView | undefined {
    return stores.find(key);
  }

  const reconcile = createIssuerReconciler({
    issuerOf: find,
    signers: deps.signers,
    enabled: deps.enabledSigners,
    scope: deps.scope,
    read: createReferenceReader(client),
    requestToken: (namespace) => createTokenRequester(client, namespace),
    pool,
    watcher,
    write: createIssuerStatusWriter({
      client,
      resourceOf: ({ key }) => issuerResource(issuerNamesOf(key.kind)),
      view: ({ key }, object) => viewIssuer(issuerNamesOf(key.kind), object),
      fence: deps.fence,
      now: clock.now,
    }),
    clock,
    random,
    fence: deps.fence,
    tell: reports.tell,
    onFinding: reports.finding,
    onCheck: reports.checked,
    onSignerReady: ({ key }) => wakeRequests(issuerKeyText(key)),
    onGone: reports.gone,
  });

  return {
    find,
    values: stores.values,
    queue,
    checkTimesOf: checks.timesOf,
    reconsider: ({ key }) => queue.add(issuerKeyText(key)),
    synced: stores.synced,
    async run(ending) {
      const reflecting = stores.run(ending.stop);
      const onError = (): void => metrics.reconcileErrors.inc({ controller: 'issuer' });
      await runController('issuer', queue, issuerWorkers, checks.planning(reconcile, find), { log, onError }, ending);
      await Promise.all([reflecting, watcher.close()]);
    },
  };
}
