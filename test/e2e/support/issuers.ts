import assert from 'node:assert/strict';
import type { Issuer } from '../../../src/api/issuer.ts';
import { externalClusterIssuers, externalIssuers } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { applyIssuer, issuerKindOf, type IssuerName } from './objects.ts';
import { observe, type Observer } from './observer.ts';
import { hasReason, readyOf } from './requests.ts';

/** Sees every version of the issuers of both kinds. */
export interface IssuerObserver {
  history(issuer: IssuerName): readonly Issuer[];
  /** Makes or changes an issuer and waits until its present version has been checked and found good. */
  ready(issuer: IssuerName, fields?: Readonly<Record<string, unknown>>): Promise<Issuer>;
  /** Waits until the issuer is ready with these words; gives the time at which that was seen. */
  untilChecked(issuer: IssuerName, words?: RegExp): Promise<number>;
  untilNotReady(issuer: IssuerName, words: RegExp, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Whether the issuer's condition speaks of its present version and says so. */
function isChecked(issuer: Issuer): boolean {
  const ready = readyOf(issuer);
  return ready?.reason === 'Checked' && ready.observedGeneration === issuer.metadata.generation;
}

/** Starts to watch both kinds. */
export async function observeIssuers(admin: KubeClient): Promise<IssuerObserver> {
  const [namespaced, cluster] = await Promise.all([observe(admin, externalIssuers), observe(admin, externalClusterIssuers)]);
  const observerOf = (issuer: IssuerName): Observer<Issuer> =>
    issuerKindOf(issuer) === 'ExternalIssuer' ? namespaced : cluster;
  return {
    history: (issuer) => observerOf(issuer).history(issuer),
    async ready(issuer, fields) {
      const { metadata } = await applyIssuer(admin, issuer, fields);
      const isPresent = (seen: Issuer): boolean =>
        seen.metadata.uid === metadata.uid && (seen.metadata.generation ?? 0) >= (metadata.generation ?? 0);
      const { object } = await observerOf(issuer).until(issuer, 'is ready', (seen) => isPresent(seen) && isChecked(seen));
      return object;
    },
    async untilChecked(issuer, words) {
      const accepts = hasReason('Checked', words);
      const isReady = (seen: Issuer): boolean => isChecked(seen) && accepts(seen);
      return (await observerOf(issuer).until(issuer, `is ready ${words ?? ''}`, isReady)).at;
    },
    async untilNotReady(issuer, words, timeoutMs) {
      const [failed, pending] = [hasReason('Failed', words), hasReason('Pending', words)];
      const isSaid = (seen: Issuer): boolean => failed(seen) || pending(seen);
      const { object } = await observerOf(issuer).until(issuer, `says ${words}`, isSaid, timeoutMs);
      assert.equal(readyOf(object)?.status, 'False');
    },
    async close() {
      await Promise.all([namespaced.close(), cluster.close()]);
    },
  };
}
