import { issuerKeyText } from '../../issuing/request-view.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { tellWaiting } from './alike.ts';
import { approverOf, hasRules } from './approver-state.ts';
import type { Facts } from './facts.ts';
import { notSeen, type Finding } from './finding.ts';
import { isLeaderGone, worksWithoutLease } from './leader-state.ts';
import type { Commands, DoctorOptions } from './options.ts';
import { whyUnsigned, type UnsignedContext } from './why-unsigned.ts';

const kinds = 'CertificateSigningRequests';

/** Which CertificateSigningRequests for our issuers have no certificate, and why. */
export function checkSigningRequests(
  facts: Pick<
    Facts,
    'signingRequests' | 'requestKinds' | 'issuers' | 'now' | 'lease' | 'lastSign' | 'deployments' | 'approverLease'
  >,
  { patienceMs }: DoctorOptions,
  commands: Commands,
): readonly Finding[] {
  const { signingRequests, requestKinds, issuers, now } = facts;
  if (!signingRequests.ok) {
    // An API server without the kind has nothing that could wait.
    if (signingRequests.error.code === 'NotFound') return [];
    return [notSeen(kinds, 'whether requests wait is not known', signingRequests.error.message)];
  }
  const known = issuers.flatMap(({ found }) => (found.ok ? found.value : []));
  const decides = approverOf(facts).kinds.includes('CertificateSigningRequest');
  const decided = new Set(decides ? known.filter(hasRules).map(({ view }) => issuerKeyText(view.key)) : []);
  const { csr, kubectl } = commands;
  const context: UnsignedContext = {
    now,
    patienceMs,
    issuers: known.map(({ view }) => view),
    noController: isLeaderGone(facts) && !worksWithoutLease(facts),
    unseenKinds: issuers.flatMap(({ names, found }) => (found.ok ? [] : [names.kind])),
    isSigned: requestKinds.includes('CertificateSigningRequest'),
    isDecided: (key) => decided.has(issuerKeyText(key)),
    approve: (name) =>
      `look at it: ${csr('show', name)}; then ${csr('approve', name)}, or ${csr('deny', name)} --message WHY. Who has ClusterRole ` +
      'external-issuer-csr-approver may',
    events: (name) => `${kubectl} events --namespace default --for certificatesigningrequest/${shellWord(name)}`,
    remove: (name) => `${kubectl} delete certificatesigningrequest ${shellWord(name)}`,
  };
  const waiting = signingRequests.value.flatMap((request) => {
    const why = whyUnsigned(request, context);
    return why === undefined ? [] : [{ where: `CertificateSigningRequest ${request.metadata.name}`, why }];
  });
  return tellWaiting(kinds, waiting);
}
