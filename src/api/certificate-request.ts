import type { KubeObject } from '../kube/resource.ts';
import type { Condition } from './conditions.ts';

/**
 * cert-manager's CertificateRequest, as far as this project reads and writes it.
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateRequest
 */
export interface CertificateRequest extends KubeObject {
  readonly spec: CertificateRequestSpec;
  readonly status?: CertificateRequestStatus;
}

export interface CertificateRequestSpec {
  /** The CSR: base64 of its PEM text. Hostile until parsed. */
  readonly request: string;
  /** How long the certificate is to last, as Go writes durations (`2160h0m0s`); cert-manager's default is 90 days. */
  readonly duration?: string;
  readonly isCA?: boolean;
  /** Usages by cert-manager's names; none means `digital signature` and `key encipherment`. */
  readonly usages?: readonly string[];
  readonly issuerRef: IssuerRef;
  /** Who made the request. Set by cert-manager's webhook; where that is absent anyone may write anything here. */
  readonly username?: string;
  readonly groups?: readonly string[];
}

/** What a request says of its issuer; `kind` may be absent. */
export interface IssuerRef {
  readonly name: string;
  readonly kind?: string;
  readonly group?: string;
}

export interface CertificateRequestStatus {
  readonly conditions?: readonly Condition[];
  /** Base64 of the PEM chain, leaf first. */
  readonly certificate?: string;
  /** Base64 of the PEM of the CA that is to be trusted. */
  readonly ca?: string;
  /** RFC 3339; stamped once, with Failed or Denied. */
  readonly failureTime?: string;
}
