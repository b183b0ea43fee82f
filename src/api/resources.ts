import type { KubeObject, Resource } from '../kube/resource.ts';
import type { CertificateRequest } from './certificate-request.ts';
import {
  certificatesGroup,
  certManagerGroup,
  externalClusterIssuerNames,
  externalIssuerNames,
  group,
  version,
  type IssuerKindNames,
} from './group.ts';
import type { Issuer } from './issuer.ts';
import type { CertificateSigningRequest } from './signing-request.ts';

/** A ConfigMap; `binaryData` is base64. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** A Secret; `data` is base64. */
export interface Secret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

function issuerResource({ kind, plural, namespaced }: IssuerKindNames): Resource<Issuer> {
  return { group, version, kind, plural, namespaced };
}

export const externalIssuers: Resource<Issuer> = issuerResource(externalIssuerNames);

export const externalClusterIssuers: Resource<Issuer> = issuerResource(externalClusterIssuerNames);

export const certificateRequests: Resource<CertificateRequest> = {
  group: certManagerGroup,
  version: 'v1',
  kind: 'CertificateRequest',
  plural: 'certificaterequests',
  namespaced: true,
};

export const certificateSigningRequests: Resource<CertificateSigningRequest> = {
  group: certificatesGroup,
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  namespaced: false,
};

/** What somebody would do to the API. */
export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/**
 * The question whether somebody may do something; it is answered when it is made, and never kept.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
 */
export interface SubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly user: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
    readonly resourceAttributes: ResourceAttributes;
  };
  readonly status?: { readonly allowed?: boolean };
}

export const subjectAccessReviews: Resource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

export const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

export const secrets: Resource<Secret> = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
