/** The API group of this project's kinds; also the group a request names in `spec.issuerRef.group`. */
export const group = 'external-issuer.io';

/** The only version of {@link group} so far. */
export const version = 'v1alpha1';

/** cert-manager's API group, where the requests are. */
export const certManagerGroup = 'cert-manager.io';

/** Kubernetes' own API group of CertificateSigningRequests. */
export const certificatesGroup = 'certificates.k8s.io';

/** The issuer kinds, as `kind` names them. */
export type IssuerKind = 'ExternalIssuer' | 'ExternalClusterIssuer';

/** All the names of an issuer kind. */
export interface IssuerKindNames {
  readonly kind: IssuerKind;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly namespaced: boolean;
}

/** The issuer kind of one namespace: its refs stay there. */
export const externalIssuerNames: IssuerKindNames = {
  kind: 'ExternalIssuer',
  plural: 'externalissuers',
  singular: 'externalissuer',
  shortName: 'ei',
  namespaced: true,
};

/** The issuer kind of the whole cluster: its refs are in the cluster resource namespace. */
export const externalClusterIssuerNames: IssuerKindNames = {
  kind: 'ExternalClusterIssuer',
  plural: 'externalclusterissuers',
  singular: 'externalclusterissuer',
  shortName: 'eci',
  namespaced: false,
};

/** Both issuer kinds. They have one schema and take one line through the code. */
export const issuerKinds: readonly IssuerKindNames[] = [externalIssuerNames, externalClusterIssuerNames];

/**
 * Who the controller is in server-side apply: it owns the fields it applied under this name, and no others.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
export const fieldManager = 'external-issuer-controller';

/** Who the approver is: under a name of its own, so that neither takes away the conditions of the other. */
export const approverFieldManager = 'external-issuer-approver';

/** The Lease that the replicas elect their leader by. */
export const leaderLeaseName = 'external-issuer.io';

/** The Lease that the replicas of the approver elect their leader by. */
export const approverLeaseName = 'approver.external-issuer.io';

/** The namespace and the ServiceAccount the shipped manifests give the controller. */
export const controllerNamespace = 'external-issuer-system';
export const controllerServiceAccount = 'external-issuer-controller';
export const approverServiceAccount = 'external-issuer-approver';

/** Condition types: cert-manager's and Kubernetes', and one of our own in which a request's progress at the CA is kept. */
export const conditionTypes = {
  ready: 'Ready',
  approved: 'Approved',
  denied: 'Denied',
  invalidRequest: 'InvalidRequest',
  failed: 'Failed',
  signing: `${group}/Signing`,
} as const;
