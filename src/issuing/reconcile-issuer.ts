import { backoffDelay } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { CaStatus } from '../api/ca-status.ts';
import type { Reconcile, ReconcileResult } from '../kube/controller.ts';
import type { Caveat, Signer } from '../signers/signer.ts';
import { caToShow } from './ca-status.ts';
import { callSigner } from './call-signer.ts';
import { boundedWait } from './conclude.ts';
import type { Notice } from './conclusion.ts';
import { findingOfCheck, findingOfProblem, withCaveats, type IssuerFinding } from './issuer-finding.ts';
import type { IssuerStatusWriter } from './issuer-status.ts';
import type { ReferenceWatcher } from './reference-watcher.ts';
import type { IssuerView } from './request-view.ts';
import { resolveIssuer, type IssuerProblem, type ResolveDeps, type ResolvedIssuer } from './resolve-issuer.ts';
import type { SignerLimits, SignerPool } from './signer-pool.ts';
import { createWarningNews } from './warning-news.ts';

/** What the reconcile of an issuer needs from outside. */
export interface IssuerReconcilerDeps extends ResolveDeps {
  readonly issuerOf: (key: string) => IssuerView | undefined;
  readonly pool: SignerPool;
  readonly watcher: Pick<ReferenceWatcher, 'follow' | 'forget'>;
  readonly write: IssuerStatusWriter;
  readonly clock: Clock;
  readonly random: () => number;
  /** Throws where this replica must not ask a CA: its Lease is not surely its own. */
  readonly fence: () => void;
  readonly tell: (issuer: IssuerView, notice: Notice) => void;
  /** `signer` is the one that is open, absent where the configuration cannot be used; `ca` is what the status shows. */
  readonly onFinding: (
    issuer: IssuerView,
    finding: IssuerFinding,
    signer: OpenSigner | undefined,
    ca: CaStatus | undefined,
  ) => void;
  /** The signer was asked whether its CA is well, which took so long. */
  readonly onCheck: (issuer: IssuerView, ms: number) => void;
  /** The issuer works with a configuration that its requests have not been tried with: those that wait for a retry may come now. */
  readonly onSignerReady: (issuer: IssuerView) => void;
  /** An issuer that was reconciled is gone. */
  readonly onGone: (issuer: IssuerView) => void;
}

/** What is told of the signer that an issuer has. */
export interface OpenSigner {
  readonly type: string;
  readonly caveats: readonly Caveat[];
}

/** Requests one CA may have at once where its issuer sets no limit: more would only wait in the CA. */
const defaultMaxInFlight = 32;
/** An unusable issuer is looked at again at least that often, in milliseconds. */
const longestRetryMs = 600_000;
/** Failed checks come again after 10 s, 20 s, … and at most after the check interval (design: no hammering of a CA). */
const firstRetryMs = 10_000;

/** Makes the reconcile of both issuer kinds: resolve, open the signer, check it, say what was found, come back. */
export function createIssuerReconciler(deps: IssuerReconcilerDeps): Reconcile {
  const failures = new Map<string, number>();
  const reconciled = new Map<string, IssuerView>();
  /** The issuers, by uid, that have had a signer that works. */
  const worked = new Set<string>();
  const news = createWarningNews(deps.clock);

  return async (key, signal) => {
    const found = deps.issuerOf(key);
    const before = reconciled.get(key);
    if (before !== undefined && before.uid !== found?.uid) forget(key, before);
    if (found === undefined) return {};
    reconciled.set(key, found);
    const issuer = found.ready === undefined ? await sayInitializing(found, signal) : found;
    const { result, references } = await resolveIssuer(issuer, deps, signal);
    deps.watcher.follow(key, references);
    if (!result.ok) return await unusable(key, issuer, findingOfProblem(result.error), signal);

    const resolved = result.value;
    const signer = await open(key, issuer, resolved);
    if ('problem' in signer) return await unusable(key, issuer, findingOfProblem(signer.problem), signal);
    return await checkAndTell(key, issuer, resolved, signer.opened, signal);
  };

  /** Here, where no other reconcile of the issuer runs: one that did would open again what was closed meanwhile. */
  function forget(key: string, issuer: IssuerView): void {
    reconciled.delete(key);
    failures.delete(key);
    deps.watcher.forget(key);
    deps.pool.forget(issuer.uid);
    worked.delete(issuer.uid);
    news.forget(issuer.uid);
    for (const signer of deps.signers) signer.forget(issuer.uid);
    deps.onGone(issuer);
  }

  async function sayInitializing(issuer: IssuerView, signal: AbortSignal): Promise<IssuerView> {
    return await deps.write(
      issuer,
      { status: 'Unknown', reason: 'Initializing', message: 'The issuer has been seen and is being checked.' },
      signal,
    );
  }

  /** Opens the issuer's signer, or keeps the one that is open where the effective configuration is still the same. */
  async function open(
    key: string,
    issuer: IssuerView,
    resolved: ResolvedIssuer,
  ): Promise<{ opened: Signer } | { problem: IssuerProblem }> {
    const { definition, input, hash, settings } = resolved;
    const kept = deps.pool.signerFor(issuer.uid, hash);
    if (kept !== undefined) {
      deps.pool.limit(issuer.uid, limitsOf(settings));
      return { opened: kept };
    }
    const opened = await definition.open(input);
    if (!opened.ok) return { problem: opened.error };
    deps.pool.install(issuer.uid, hash, opened.value, limitsOf(settings));
    failures.delete(key);
    if (definition.caution !== undefined)
      deps.tell(issuer, { type: 'Warning', reason: 'TestSigner', note: definition.caution });
    for (const { code, message } of opened.value.caveats ?? [])
      deps.tell(issuer, { type: 'Warning', reason: code, note: message });
    return { opened: opened.value };
  }

  async function checkAndTell(
    key: string,
    issuer: IssuerView,
    resolved: ResolvedIssuer,
    signer: Signer,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const { settings, definition } = resolved;
    const inUse: OpenSigner = { type: definition.type, caveats: signer.caveats ?? [] };
    const circuit = deps.pool.circuitOf(issuer.uid);
    const broken = circuit.open();
    if (broken !== undefined && broken.until > deps.clock.monotonic()) {
      await say(issuer, findingOfProblem({ ...broken.problem }), inUse, signal);
      return { requeueAfterMs: broken.until - deps.clock.monotonic() };
    }
    deps.fence();
    const started = deps.clock.monotonic();
    const check = await callSigner(signer, deps.clock, (context) => signer.check(context), signal);
    deps.onCheck(issuer, deps.clock.monotonic() - started);
    if (check.outcome === 'healthy') {
      // Before the status is written: whoever waits for the signer must not depend on a write that may be lost.
      // Not for its first signer: nothing waits for a retry yet, and what waits for the signer is woken by the pool.
      if (deps.pool.checkPassed(issuer.uid) === 'first' && worked.has(issuer.uid)) deps.onSignerReady(issuer);
      worked.add(issuer.uid);
      failures.delete(key);
    }
    await say(issuer, findingOfCheck(check), inUse, signal);
    if (check.outcome === 'healthy') {
      for (const { code, message } of news.toTell(issuer.uid, check.warnings ?? []))
        deps.tell(issuer, { type: 'Warning', reason: code, note: message });
      return settings.healthCheck.enabled
        ? { requeueAfterMs: settings.healthCheck.intervalMs * (0.9 + 0.2 * deps.random()) }
        : {};
    }
    // However long the CA wants to be left alone: one look does it no harm, and requests wait for it.
    const afterMs = check.outcome === 'retry' ? Math.min(check.afterMs ?? 0, longestRetryMs) : undefined;
    return { requeueAfterMs: boundedWait(afterMs, nextRetry(key, settings.healthCheck.intervalMs)) };
  }

  /** The issuer cannot sign as it is; it comes back when it, or what it refers to, changes, and at times by itself. */
  async function unusable(
    key: string,
    issuer: IssuerView,
    finding: IssuerFinding,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    deps.pool.retire(issuer.uid);
    await say(issuer, finding, undefined, signal);
    return { requeueAfterMs: nextRetry(key, longestRetryMs) };
  }

  function nextRetry(key: string, maxMs: number): number {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    return backoffDelay({ baseMs: firstRetryMs, maxMs }, count, deps.random());
  }

  /** Says it in the status, with the signer's caveats after it, and, where it is news, in an event. */
  async function say(
    issuer: IssuerView,
    found: IssuerFinding,
    signer: OpenSigner | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const finding = withCaveats(found, signer?.caveats ?? []);
    const { status, message, code } = finding;
    deps.onFinding(issuer, finding, signer, caToShow(issuer, finding));
    const { ready } = await deps.write(issuer, finding, signal);
    if (ready?.reason !== issuer.ready?.reason || ready?.message !== issuer.ready?.message)
      deps.tell(issuer, { type: status === 'True' ? 'Normal' : 'Warning', reason: code, note: message });
  }
}

function limitsOf({ retry, rateLimit, verify, policy }: ResolvedIssuer['settings']): SignerLimits {
  const { rate, maxInFlight = defaultMaxInFlight } = rateLimit;
  return { retry, maxInFlight, strict: verify === 'strict', policy, ...(rate === undefined ? {} : { rate }) };
}
