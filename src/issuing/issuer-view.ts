import { findCondition } from '../api/conditions.ts';
import { conditionTypes, type IssuerKindNames } from '../api/group.ts';
import type { Issuer } from '../api/issuer.ts';
import type { IssuerKey, IssuerView } from './request-view.ts';

/** What the core needs of an issuer of that kind. */
export function viewIssuer({ kind, namespaced }: IssuerKindNames, object: Issuer): IssuerView {
  const { metadata, spec, status } = object;
  const key: IssuerKey = namespaced
    ? { kind, namespace: metadata.namespace ?? '', name: metadata.name }
    : { kind, name: metadata.name };
  const { ca, caCertificate } = status ?? {};
  const view = {
    uid: metadata.uid ?? '',
    key,
    generation: metadata.generation ?? 0,
    resourceVersion: metadata.resourceVersion ?? '',
    spec,
    ...(ca === undefined || caCertificate === undefined ? {} : { ca: { ca, caCertificate } }),
  };
  const ready = findCondition(status?.conditions, conditionTypes.ready);
  if (ready === undefined) return view;
  const { reason = '', message = '', lastTransitionTime: since = '', observedGeneration } = ready;
  return { ...view, ready: { status: ready.status, reason, message, since, observedGeneration } };
}
