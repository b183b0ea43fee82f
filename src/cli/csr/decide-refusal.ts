import { certificatesGroup, group } from '../../api/group.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isKubeError, type KubeApiError } from '../../kube/api-error.ts';
import { oneLine } from '../../lib/one-line.ts';
import { commandFailure } from '../deps.ts';
import type { Decision } from './decide-state.ts';

/** The ClusterRole that the shipped RBAC has for people who approve. */
const personApproverRole = 'external-issuer-csr-approver';
/** Characters of what the API server says. */
const longestAnswer = 1000;

/**
 * What a 403 comes to: which right is missing, and the ClusterRole that has it. The API server asks for two, one after the other, and its
 * message tells which it missed; that of the signer names no resource, only the signer.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 */
export function decisionFailure(decision: Decision, { metadata, spec }: CertificateSigningRequest, error: unknown): unknown {
  if (!isKubeError(error, 'Forbidden')) return error;
  const { message } = error as KubeApiError;
  const isOfSigner = /\bsignerName\b/.test(message);
  const right = isOfSigner
    ? `the verb "approve" on resource "signers" of group "${certificatesGroup}" with resourceName ` +
      `"${oneLine(spec.signerName, 300)}" (or "${signerPattern(spec.signerName)}", for all of that domain)`
    : `the verb "update" on "certificatesigningrequests/approval" of group "${certificatesGroup}"`;
  return commandFailure(
    `${oneLine(metadata.name, 253)}: you may not ${decision} it. You lack ${right}. ${roleWords(spec.signerName)} ` +
      `(${oneLine(message, longestAnswer)})`,
    { cause: error },
  );
}

/** How an administrator gives the rights to decide about requests for that signer, as a sentence. */
function roleWords(signerName: string): string {
  if (isOurs(signerName)) {
    const bind = `kubectl create clusterrolebinding NAME --clusterrole ${personApproverRole} --user USER`;
    return `ClusterRole ${personApproverRole} has it; an administrator binds it: ${bind}`;
  }
  return (
    `It takes the verb "update" on "certificatesigningrequests/approval", and "approve" on "signers" for this signer, which ClusterRole ` +
    `${personApproverRole} has for the issuers of this project only: an administrator makes a ClusterRole with both, such as examples/people/kube-apiserver-client.yaml.`
  );
}

/** Who can approve requests for that signer: ` (ClusterRole …)`, where there is one. */
export function approverHint(signerName: string): string {
  return isOurs(signerName) ? ` (ClusterRole ${personApproverRole})` : '';
}

function isOurs(signerName: string): boolean {
  return signerDomain(signerName).endsWith(`.${group}`);
}

/** The name that stands for all signers of a domain: `kubernetes.io/*`. */
export function signerPattern(signerName: string): string {
  return `${oneLine(signerDomain(signerName), 253)}/*`;
}

function signerDomain(signerName: string): string {
  return signerName.split('/', 1)[0] ?? '';
}
