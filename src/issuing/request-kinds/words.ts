import { certManagerGroup, certificatesGroup, group } from '../../api/group.ts';
import { durationAnnotation, isCaAnnotation } from '../../api/signing-request.ts';
import { printable } from '../../lib/printable.ts';
import { shellWord } from '../../lib/shell-word.ts';
import type { IssuerKey, RequestKindName, RequestView } from '../request-view.ts';
import { signerNameOf } from '../signer-name.ts';

/** How messages name what a request of one kind says, and how it is mended. */
export interface RequestWords {
  /** What to do where the wrong issuer is named: `correct issuerRef`. */
  readonly correction: string;
  /** What says that a CA certificate is wanted: `spec.isCA`. */
  readonly isCaField: string;
  /** What is to be set, and to what, for the issuer of the other kind. */
  readonly meaning: (issuer: IssuerKey) => string;
  /** What is wrong with an issuer that is of no known kind, and whether that can never change. */
  readonly unknownIssuer: (named: string) => { readonly message: string; readonly forGood: boolean };
  /** Who can approve the request, and with which right. */
  readonly approval: (request: RequestView) => string;
  /** Is added to events of a request that waits, and says how long it may; '' where nobody ends it. */
  readonly whileWaiting: (request: RequestView) => string;
}

const certificateRequestWords: RequestWords = {
  correction: 'correct issuerRef',
  isCaField: 'spec.isCA',
  meaning: ({ kind }) => `set issuerRef.kind to ${kind}`,
  unknownIssuer: (kind) => ({
    message: `issuerRef.kind "${printable(kind)}" is not a kind of group ${group}. Use ExternalIssuer or ExternalClusterIssuer.`,
    // Its owner may have meant another kind of a later version.
    forGood: false,
  }),
  approval: (request) =>
    `An approver must approve it; cert-manager's own does so only where its ServiceAccount has the verb "approve" on resource "signers" ` +
    `of group "${certManagerGroup}" with resourceName "${allIssuers(request)}": apply ClusterRole ` +
    `cert-manager-controller-approve:external-issuer-io from deploy/rbac.yaml.`,
  whileWaiting: () => '',
};

const signingRequestWords: RequestWords = {
  correction: 'make the request again with another spec.signerName',
  isCaField: `the annotation ${isCaAnnotation}`,
  meaning: (issuer) => `set spec.signerName to ${signerNameOf(issuer)}`,
  unknownIssuer: (signerName) => ({
    message:
      `spec.signerName "${printable(signerName.slice(0, 300))}" names no issuer. Make the request again, with ` +
      `externalclusterissuers.${group}/NAME, or externalissuers.${group}/NAMESPACE.NAME for an issuer of a namespace.`,
    forGood: true,
  }),
  approval: (request) =>
    `Somebody must approve it who may: "external-issuer csr show ${shellWord(request.name)}" says what it asks for, "kubectl certificate approve ` +
    `${shellWord(request.name)}" approves it. That takes the verb "update" on "certificatesigningrequests/approval" and the verb "approve" on ` +
    `resource "signers" of group "${certificatesGroup}" with resourceName "${allIssuers(request)}": ClusterRole ` +
    `external-issuer-csr-approver from deploy/rbac.yaml.`,
  whileWaiting: ({ approval }) =>
    approval === 'approved'
      ? ' Kubernetes deletes an approved request that has no certificate after 24 hours.'
      : ' Kubernetes deletes a request about which nobody decides after 24 hours.',
};

/** The words for a kind of request. */
export function wordsOf(kind: RequestKindName): RequestWords {
  return kind === 'CertificateRequest' ? certificateRequestWords : signingRequestWords;
}

/** The fields that say how long a certificate of a CertificateSigningRequest is to last, for messages. */
export const signingRequestDurationFields = {
  annotation: `the annotation ${durationAnnotation}`,
  spec: 'spec.expirationSeconds',
};

function allIssuers({ issuer }: RequestView): string {
  const clusterWide = !('unknownKind' in issuer) && issuer.kind === 'ExternalClusterIssuer';
  return `${clusterWide ? 'externalclusterissuers' : 'externalissuers'}.${group}/*`;
}
