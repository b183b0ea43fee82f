import type { IssuerKey } from '../issuing/request-view.ts';

/**
 * The labels that name an issuer. With a prefix, since Prometheus has a label `namespace` of its own for what it scrapes and would
 * rename ours.
 */
export const issuerLabelNames = ['issuer_kind', 'issuer_namespace', 'issuer_name'] as const;

/** The name of one of them. */
export type IssuerLabel = (typeof issuerLabelNames)[number];

/** Values of all of them. */
export type IssuerLabels = Readonly<Record<IssuerLabel, string>>;

/** The labels of an issuer; all empty where there is none, so that what requesters write never becomes a label. */
export function issuerLabels(key: IssuerKey | undefined): IssuerLabels {
  return { issuer_kind: key?.kind ?? '', issuer_namespace: key?.namespace ?? '', issuer_name: key?.name ?? '' };
}
