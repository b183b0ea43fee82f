import type { CaStatus } from '../api/ca-status.ts';
import { externalClusterIssuers, externalIssuers } from '../api/resources.ts';
import type { Notice } from '../issuing/conclusion.ts';
import type { IssuerFinding } from '../issuing/issuer-finding.ts';
import type { OpenSigner } from '../issuing/reconcile-issuer.ts';
import { issuerWords, type IssuerView } from '../issuing/request-view.ts';
import type { KubeApiError } from '../kube/api-error.ts';
import { apiVersionOf } from '../kube/resource.ts';
import { issuerLabels, type IssuerLabels } from '../server/issuer-labels.ts';
import type { TermDeps } from './term-deps.ts';

/** Says in events, metrics and logs what happens to issuers. */
export interface IssuerReports {
  readonly tell: (issuer: IssuerView, notice: Notice) => void;
  readonly finding: (
    issuer: IssuerView,
    finding: IssuerFinding,
    signer: OpenSigner | undefined,
    ca: CaStatus | undefined,
  ) => void;
  /** Its CA was asked whether it is well, which took so long. */
  readonly checked: (issuer: IssuerView, ms: number) => void;
  readonly referenceTrouble: (issuer: IssuerView, error: KubeApiError) => void;
  readonly gone: (issuer: IssuerView) => void;
}

/** The series that there are of one issuer. */
interface Series {
  readonly ready: IssuerLabels & { readonly signer: string };
  readonly caveats: readonly (IssuerLabels & { readonly caveat: string })[];
}

/** Makes the reports; logs only what changes, so an issuer that stays broken does not fill the log. */
export function createIssuerReports({
  recorder,
  metrics,
  log,
  clock,
}: Pick<TermDeps, 'recorder' | 'metrics' | 'log' | 'clock'>): IssuerReports {
  const lastMessages = new Map<string, string>();
  const series = new Map<string, Series>();

  function tell(issuer: IssuerView, { type, reason, note }: Notice): void {
    const { key, uid } = issuer;
    const apiVersion = apiVersionOf(key.namespace === undefined ? externalClusterIssuers : externalIssuers);
    recorder.record({ regarding: { apiVersion, uid, ...key }, type, reason, action: 'CheckIssuer', note });
  }

  function forgetSeries(uid: string): void {
    const known = series.get(uid);
    if (known === undefined) return;
    metrics.issuerReady.remove(known.ready);
    for (const caveat of known.caveats) metrics.issuerCaveats.remove(caveat);
    series.delete(uid);
  }

  return {
    tell,
    finding(issuer, { status, message, code, warnings = [] }, signer, ca) {
      const labels = issuerLabels(issuer.key);
      if (!series.has(issuer.uid)) metrics.begin(labels);
      forgetSeries(issuer.uid);
      const ready = { ...labels, signer: signer?.type ?? '' };
      const caveats = [...(signer?.caveats ?? []), ...warnings].map((caveat) => ({ ...labels, caveat: caveat.code }));
      series.set(issuer.uid, { ready, caveats });
      metrics.issuerReady.set(ready, status === 'True' ? 1 : 0);
      metrics.issuerCheckedAt.set(labels, clock.now() / 1000);
      if (ca === undefined) metrics.issuerCaNotAfter.remove(labels);
      else metrics.issuerCaNotAfter.set(labels, Date.parse(ca.ca.notAfter) / 1000);
      for (const caveat of caveats) metrics.issuerCaveats.set(caveat, 1);
      if (lastMessages.get(issuer.uid) === message) return;
      lastMessages.set(issuer.uid, message);
      log[status === 'True' ? 'info' : 'warn']({ issuer: issuerWords(issuer.key), code, message }, 'issuer checked');
    },
    checked(issuer, ms) {
      metrics.issuerCheckSeconds.set(issuerLabels(issuer.key), ms / 1000);
    },
    referenceTrouble(issuer, error) {
      if (error.code !== 'Forbidden') return;
      const note = `What this issuer refers to cannot be watched, so a change of it is seen only at the next check: ${error.message}`;
      tell(issuer, { type: 'Warning', reason: 'ReferenceWatchForbidden', note });
    },
    gone(issuer) {
      forgetSeries(issuer.uid);
      metrics.end(issuerLabels(issuer.key));
      lastMessages.delete(issuer.uid);
      log.info({ issuer: issuerWords(issuer.key) }, 'issuer deleted');
    },
  };
}
