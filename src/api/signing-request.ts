import type { KubeObject } from '../kube/resource.ts';
import type { Condition } from './conditions.ts';

/**
 * Kubernetes' CertificateSigningRequest, as far as this project reads and writes it. It belongs to no namespace.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
export interface CertificateSigningRequest extends KubeObject {
  readonly spec: CertificateSigningRequestSpec;
  readonly status?: CertificateSigningRequestStatus;
}

/** What is asked for; the API server lets nobody change it. */
export interface CertificateSigningRequestSpec {
  /** The CSR: base64 of its PEM text. Hostile until parsed. */
  readonly request: string;
  /** Who is to sign: `externalclusterissuers.external-issuer.io/ca`, `kubernetes.io/kube-apiserver-client`. */
  readonly signerName: string;
  /** How long the certificate is to last, in seconds, at least 600. */
  readonly expirationSeconds?: number;
  /** Usages by the names that cert-manager has too. */
  readonly usages?: readonly string[];
  /** Who made the request: the API server writes these, whatever the request says. */
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface CertificateSigningRequestStatus {
  /** Approved, Denied and Failed are Kubernetes'; each is there only while it is true. */
  readonly conditions?: readonly Condition[];
  /** Base64 of the PEM chain, leaf first. */
  readonly certificate?: string;
}

/** A CA certificate is asked for where it is `"true"`; the API has no field for that. */
export const isCaAnnotation = 'experimental.cert-manager.io/request-is-ca';

/** How long the certificate is to last, as Go writes durations; it counts before `spec.expirationSeconds`. */
export const durationAnnotation = 'experimental.cert-manager.io/request-duration';
