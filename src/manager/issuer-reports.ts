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
  readonly finding: (issuer: IssuerView, finding: IssuerFinding, signer: OpenSigner | undefined) => void;
  readonly referenceTrouble: (issuer: IssuerView, error: KubeApiError) => void;
  readonly gone: (issuer: IssuerView) => void;
}

/** The series that there are of one issuer. */
interface Labels {
  readonly ready: Record<'kind' | 'namespace' | 'name' | 'signer', string>;
  readonly caveats: readonly Record<'kind' | 'namespace' | 'name' | 'caveat', string>[];
}

/** Makes the reports; logs only what changes, so an issuer that stays broken does not fill the log. */
export function createIssuerReports({ recorder, metrics, log }: Pick<TermDeps, 'recorder' | 'metrics' | 'log'>): IssuerReports {
  const lastMessages = new Map<string, string>();
  const labels = new Map<string, Labels>();

  function tell(issuer: IssuerView, { type, reason, note }: Notice): void {
    const { key, uid } = issuer;
    const apiVersion = apiVersionOf(key.namespace === undefined ? externalClusterIssuers : externalIssuers);
    recorder.record({ regarding: { apiVersion, uid, ...key }, type, reason, action: 'CheckIssuer', note });
  }

  function forgetLabels(uid: string): void {
    const known = labels.get(uid);
    if (known !== undefined) metrics.issuerReady.remove(known.ready);
    for (const caveat of known?.caveats ?? []) metrics.issuerCaveats.remove(caveat);
    labels.delete(uid);
  }

  return {
    tell,
    finding(issuer, { status, message, code }, signer) {
      const { kind, name, namespace = '' } = issuer.key;
      forgetLabels(issuer.uid);
      const ready = { kind, namespace, name, signer: signer?.type ?? '' };
      const caveats = (signer?.caveats ?? []).map((caveat) => ({ kind, namespace, name, caveat: caveat.code }));
      labels.set(issuer.uid, { ready, caveats });
      metrics.issuerReady.set(ready, status === 'True' ? 1 : 0);
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
      forgetLabels(issuer.uid);
      lastMessages.delete(issuer.uid);
      log.info({ issuer: issuerWords(issuer.key) }, 'issuer deleted');
    },
  };
}
