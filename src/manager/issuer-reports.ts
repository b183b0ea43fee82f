import type { CaStatus } from '../api/ca-status.ts';
import { externalClusterIssuers, externalIssuers } from '../api/resources.ts';
import type { Notice } from '../issuing/conclusion.ts';
import type { IssuerFinding } from '../issuing/issuer-finding.ts';
import type { OpenSigner } from '../issuing/reconcile-issuer.ts';
import { issuerWords, type IssuerView } from '../issuing/request-view.ts';
import type { KubeApiError } from '../kube/api-error.ts';
import { apiVersionOf } from '../kube/resource.ts';
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
  readonly referenceTrouble: (issuer: IssuerView, error: KubeApiError) => void;
  readonly gone: (issuer: IssuerView) => void;
}

type Labels<More extends string = never> = Record<'kind' | 'namespace' | 'name' | More, string>;

/** The series that there are of one issuer. */
interface Series {
  readonly issuer: Labels;
  readonly ready: Labels<'signer'>;
  readonly caveats: readonly Labels<'caveat'>[];
}

/** Makes the reports; logs only what changes, so an issuer that stays broken does not fill the log. */
export function createIssuerReports({ recorder, metrics, log }: Pick<TermDeps, 'recorder' | 'metrics' | 'log'>): IssuerReports {
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
    metrics.issuerCaNotAfter.remove(known.issuer);
    for (const caveat of known.caveats) metrics.issuerCaveats.remove(caveat);
    series.delete(uid);
  }

  return {
    tell,
    finding(issuer, { status, message, code, warnings = [] }, signer, ca) {
      const { kind, name, namespace = '' } = issuer.key;
      forgetSeries(issuer.uid);
      const labels = { kind, namespace, name };
      const ready = { ...labels, signer: signer?.type ?? '' };
      const caveats = [...(signer?.caveats ?? []), ...warnings].map((caveat) => ({ ...labels, caveat: caveat.code }));
      series.set(issuer.uid, { issuer: labels, ready, caveats });
      metrics.issuerReady.set(ready, status === 'True' ? 1 : 0);
      if (ca !== undefined) metrics.issuerCaNotAfter.set(labels, Date.parse(ca.ca.notAfter) / 1000);
      for (const caveat of caveats) metrics.issuerCaveats.set(caveat, 1);
      if (lastMessages.get(issuer.uid) === message) return;
      lastMessages.set(issuer.uid, message);
      log[status === 'True' ? 'info' : 'warn']({ issuer: issuerWords(issuer.key), code, message }, 'issuer checked');
    },
    referenceTrouble(issuer, error) {
      if (error.code !== 'Forbidden') return;
      const note = `What this issuer refers to cannot be watched, so a change of it is seen only at the next check: ${error.message}`;
      tell(issuer, { type: 'Warning', reason: 'ReferenceWatchForbidden', note });
    },
    gone(issuer) {
      forgetSeries(issuer.uid);
      lastMessages.delete(issuer.uid);
      log.info({ issuer: issuerWords(issuer.key) }, 'issuer deleted');
    },
  };
}
