import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { IssuerKey } from '../../issuing/request-view.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { tellWaiting } from './alike.ts';
import { approverOf, hasRules } from './approver-state.ts';
import type { Facts } from './facts.ts';
import { notSeen, type Finding } from './finding.ts';
import { isLeaderGone, worksWithoutLease } from './leader-state.ts';
import type { Commands, DoctorOptions } from './options.ts';
import { whyWaiting, type WaitingContext } from './why-waiting.ts';

const certificateName = 'cert-manager.io/certificate-name';

/** Which requests have no certificate, and why. */
export function checkRequests(
  facts: Pick<
    Facts,
    'requests' | 'issuers' | 'now' | 'certManagerAccount' | 'lease' | 'lastSign' | 'deployments' | 'approverLease'
  >,
  { patienceMs, rbac }: DoctorOptions,
  commands: Commands,
): readonly Finding[] {
  const { requests, issuers, now, certManagerAccount } = facts;
  if (!requests.ok) {
    // That the kind is missing is said of its CRD.
    if (requests.error.code === 'NotFound') return [];
    return [notSeen('CertificateRequests', 'whether requests wait is not known', requests.error.message)];
  }
  const certManager = `${commands.kubectl} get pods --namespace ${rbac.certManagerNamespace}`;
  const decides = approverOf(facts).kinds.includes('CertificateRequest');
  const ruled = issuers.flatMap(({ found }) => (found.ok && decides ? found.value.filter(hasRules) : []));
  const context: WaitingContext = {
    now,
    patienceMs,
    issuers: issuers.flatMap(({ found }) => (found.ok ? found.value.map(({ view }) => view) : [])),
    noController: isLeaderGone(facts) && !worksWithoutLease(facts),
    unseenKinds: issuers.flatMap(({ names, found }) => (found.ok ? [] : [names.kind])),
    setIssuerRef: (request, ref) => patchCertificate(request, ref, commands),
    askAgain: (request) => renew(request),
    approve: (request) =>
      ruled.some(({ view }) => isFor(request, view.key))
        ? 'the built-in approver decides by the spec.policy.rules of its issuer: see what is said of that approver above; its log says more'
        : `where a right to approve is missing, it is named above; see whether the approver runs: ${certManager}` +
          `${certManagerAccount.ok ? '' : ' (cert-manager was not seen there)'}; by hand: cmctl approve ${nameOf(request)}`,
  };
  const open = requests.value.filter((request) => !isOutlived(request, requests.value));
  const found = open.flatMap((request) => {
    const why = whyWaiting(request, context);
    const { namespace = '', name } = request.metadata;
    return why === undefined ? [] : [{ where: `CertificateRequest ${namespace}/${name}`, why }];
  });
  return tellWaiting('CertificateRequests', found);
}

/** A request that was refused for good tells nothing any more once its Certificate has made another. */
function isOutlived({ metadata, status }: CertificateRequest, all: readonly CertificateRequest[]): boolean {
  const name = metadata.annotations?.[certificateName];
  if (name === undefined || status?.failureTime === undefined) return false;
  return all.some(
    (other) =>
      other.metadata.namespace === metadata.namespace &&
      other.metadata.annotations?.[certificateName] === name &&
      Date.parse(other.metadata.creationTimestamp ?? '') > Date.parse(metadata.creationTimestamp ?? ''),
  );
}

function isFor({ metadata, spec }: CertificateRequest, { kind, namespace = metadata.namespace, name }: IssuerKey): boolean {
  return spec.issuerRef.kind === kind && spec.issuerRef.name === name && metadata.namespace === namespace;
}

function nameOf({ metadata: { name, namespace = 'default' } }: CertificateRequest): string {
  return `${shellWord(name)} --namespace ${shellWord(namespace)}`;
}

/** What a request says of its issuer cannot be changed; its Certificate makes a new one. */
function patchCertificate(
  { metadata }: CertificateRequest,
  issuerRef: Readonly<Record<string, string>>,
  { kubectl }: Commands,
): string {
  const certificate = metadata.annotations?.[certificateName];
  const fields = Object.entries(issuerRef).map(([field, value]) => `issuerRef.${field}: ${value}`);
  if (certificate === undefined) return `make the request again, with ${fields.join(', ')}`;
  const patch = JSON.stringify({ spec: { issuerRef } });
  const namespace = shellWord(metadata.namespace ?? 'default');
  return `${kubectl} patch certificate ${shellWord(certificate)} --namespace ${namespace} --type merge --patch ${shellWord(patch)}`;
}

function renew({ metadata }: CertificateRequest): string {
  const certificate = metadata.annotations?.[certificateName];
  if (certificate === undefined) return 'mend what the message says, and make the request again';
  const namespace = shellWord(metadata.namespace ?? 'default');
  return `mend what the message says; cert-manager asks again after a while, or at once: cmctl renew ${shellWord(certificate)} --namespace ${namespace}`;
}
