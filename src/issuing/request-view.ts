import type { CaStatus } from '../api/ca-status.ts';
import { issuerKinds, type IssuerKind } from '../api/group.ts';
import { keyText } from '../kube/resource.ts';
import { printable } from '../lib/printable.ts';
import type { Result } from '../lib/result.ts';

/** Names an issuer; the namespace is absent for a cluster issuer. */
export interface IssuerKey {
  readonly kind: IssuerKind;
  readonly namespace?: string;
  readonly name: string;
}

/** An issuer key as one string, for maps and queues: `ExternalIssuer/team-a/ca`, `ExternalClusterIssuer/ca`. */
export function issuerKeyText(key: IssuerKey): string {
  return key.namespace === undefined ? `${key.kind}/${key.name}` : `${key.kind}/${key.namespace}/${key.name}`;
}

/** No object has a longer name. */
const longestName = 253;

/** An issuer in words: `ExternalIssuer "ca" in namespace "team-a"`. The name may be anything that a request says. */
export function issuerWords(key: IssuerKey): string {
  const name = printable(key.name.length > longestName ? `${key.name.slice(0, longestName)}…` : key.name);
  return key.namespace === undefined ? `${key.kind} "${name}"` : `${key.kind} "${name}" in namespace "${key.namespace}"`;
}

/** What survives a restart of the controller: kept in the request's private condition, at most 1 KiB. */
export interface SigningState {
  /** When signing was first tried, RFC 3339: the start of the retry budget. */
  readonly firstTry: string;
  /** The id under which the CA decides about this request, where it answered "pending". */
  readonly caRequestId?: string;
}

/** The kinds of requests there are, by the names of their objects: cert-manager's and Kubernetes' own. */
export const requestKindNames = ['CertificateRequest', 'CertificateSigningRequest'] as const;

/** One of {@link requestKindNames}. */
export type RequestKindName = (typeof requestKindNames)[number];

/** Who made a request, as the API server knows them. */
export interface Requester {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What the core needs of a request that is not finished, of whichever kind. Adapters in request-kinds/ make it. */
export interface RequestView {
  readonly kind: RequestKindName;
  readonly uid: string;
  readonly namespace?: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When it was approved, as the approver's condition says in whole seconds: milliseconds since the epoch, not before `createdAt`. */
  readonly approvedAt?: number;
  /** The issuer asked for; `unknownKind` where the group is ours and what is named is no issuer of any kind. */
  readonly issuer: IssuerKey | { readonly unknownKind: string; readonly name: string };
  readonly approval: 'approved' | 'denied' | 'undecided';
  /** The present Ready condition's status, reason and message, so that nothing is written twice. */
  readonly ready?: { readonly status: string; readonly reason: string; readonly message: string; readonly since: string };
  /** The CSR as the request holds it: base64 of PEM. */
  readonly csr: string;
  /** Seconds, or what is wrong with what the request says of them. */
  readonly duration: Result<number, string>;
  readonly usages: readonly string[];
  readonly isCA: boolean;
  /** Who asks. In a CertificateRequest that is true only where cert-manager's webhook writes it. */
  readonly requester?: Requester;
  /** What the requester wrote on the object, bounded; a signer may use what its issuer allows. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly signing?: SigningState;
}

/** The issuer of the other kind that the request could name instead; undefined where its kind is unknown, or it has no namespace. */
export function otherKindOf({ issuer, namespace }: Pick<RequestView, 'issuer' | 'namespace'>): IssuerKey | undefined {
  if ('unknownKind' in issuer) return undefined;
  const { name } = issuer;
  const other = issuerKinds.find(({ kind }) => kind !== issuer.kind);
  if (other?.namespaced !== true) return other === undefined ? undefined : { kind: other.kind, name };
  return namespace === undefined ? undefined : { kind: other.kind, namespace, name };
}

/** The key of a request in its store and queue: `namespace/name`, or `name` for a kind without namespaces. */
export function requestKey({ namespace, name }: Pick<RequestView, 'namespace' | 'name'>): string {
  return keyText(namespace === undefined ? { name } : { namespace, name });
}

/** What an issuer's status says, and which version of it the status speaks of. */
export interface IssuerView {
  readonly uid: string;
  readonly key: IssuerKey;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly ready?: {
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly since: string;
    readonly observedGeneration: number | undefined;
  };
  /** The CA that the status shows; for people and metrics, never for signing. */
  readonly ca?: CaStatus;
  /** As the API server holds it; {@link resolveIssuer} reads it. */
  readonly spec: unknown;
}

/** Why an issuer is not ready, as the code that begins its message; '' where it has none, or is ready. */
export function issuerCode({ ready }: IssuerView): string {
  if (ready === undefined || ready.status === 'True') return '';
  return /^([A-Za-z]{1,64}):/.exec(ready.message)?.[1] ?? '';
}
