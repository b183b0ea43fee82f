import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { IssuerKindNames } from '../../api/group.ts';
import type { Policy } from '../../api/policy-fields.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import type { IssuerView, RequestKindName } from '../../issuing/request-view.ts';
import type { IssuerProblem } from '../../issuing/resolve-issuer.ts';
import { isKubeError } from '../../kube/api-error.ts';
import type { Lease } from '../../kube/lease.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { messageOf } from '../../lib/errors.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { BadReference } from '../all-references.ts';
import type { AccessQuestion } from './questions.ts';
import type { Deployment, StoredCrd, WebhookConfiguration } from './resources.ts';

/** What was seen, or why not: it is not there (or its kind is not), or it may not be seen. */
export type Fact<T> = Result<T, { readonly code: 'NotFound' | 'Forbidden'; readonly message: string }>;

/** An issuer, and what its configuration and its references come to with the rights of who asks. */
export interface IssuerFacts {
  readonly view: IssuerView;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** How old its last check may be, in milliseconds; absent where it is checked after changes only, or cannot be read. */
  readonly checkIntervalMs?: number;
  /** Where it refers to something. */
  readonly refNamespaces: readonly string[];
  /** Of whose tokens the controller must make one, to log in. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  /** It logs in to Azure with the workload identity of the controller itself. */
  readonly workloadIdentity?: { readonly hasClientId: boolean };
  /** What it may be asked for; absent where its spec cannot be read. */
  readonly policy?: Policy;
  readonly bad: readonly BadReference[];
  readonly problem?: IssuerProblem;
}

/** A right, and whether it is there. */
export interface AccessAnswer {
  readonly question: AccessQuestion;
  readonly allowed: boolean;
}

/** All that the checks look at. */
export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** By their names. */
  readonly crds: ReadonlyMap<string, Fact<StoredCrd>>;
  readonly deployments: Fact<readonly Deployment[]>;
  readonly lease: Fact<Lease>;
  /** The Lease of the built-in approver. */
  readonly approverLease: Fact<Lease>;
  /** The kinds of requests that the controller signs, as far as can be seen. */
  readonly requestKinds: readonly RequestKindName[];
  /** cert-manager's ServiceAccount. */
  readonly certManagerAccount: Fact<KubeObject>;
  readonly controllerAccount: Fact<KubeObject>;
  readonly issuers: readonly { readonly names: IssuerKindNames; readonly found: Fact<readonly IssuerFacts[]> }[];
  readonly access: Fact<readonly AccessAnswer[]>;
  /** Those that are not issued, and name an issuer of ours. */
  readonly requests: Fact<readonly CertificateRequest[]>;
  readonly signingRequests: Fact<readonly CertificateSigningRequest[]>;
  /** The admission webhooks of the cluster, by what they may do. */
  readonly webhooks: Readonly<Record<'mutating' | 'validating', Fact<readonly WebhookConfiguration[]>>>;
  /** When a controller last changed the readiness of an issuer or a request, as far as can be seen; milliseconds since the epoch. */
  readonly lastSign?: number;
}

/** Asks for something that may be absent or forbidden. Whatever else goes wrong is thrown: nothing can be seen then. */
export async function factOf<T>(ask: () => Promise<T>): Promise<Fact<T>> {
  try {
    return ok(await ask());
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return err({ code: 'NotFound', message: messageOf(error) });
    if (isKubeError(error, 'Forbidden')) return err({ code: 'Forbidden', message: messageOf(error) });
    throw error;
  }
}
