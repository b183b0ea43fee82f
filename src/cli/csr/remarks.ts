import { systemMasters } from '../../issuing/policy/check-policy.ts';
import { formatDuration } from '../../lib/duration.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { DecodedCsr, DecodedRequest } from './decode.ts';

/** What whoever approves a request should know of it, in words; safe for a terminal. */
export interface Remark {
  /** What is dangerous is not approved without --force. */
  readonly severity: 'dangerous' | 'unusual';
  /** Stable, for programs: SystemMasters, LongLife. */
  readonly code: string;
  readonly text: string;
}

/** Longer lives are unusual for people, in seconds: a year and a day. */
const longLifeSeconds = 366 * 86_400;
/** Certificates of people and clients are for these usages alone. */
const clientUsages = ['digital signature', 'key encipherment', 'key agreement', 'signing', 'client auth'];
/** What the signers of Kubernetes sign, by their documentation; others refuse for themselves. */
const usagesOfSigners: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/kube-apiserver-client': clientUsages,
  'kubernetes.io/kube-apiserver-client-kubelet': clientUsages,
  'kubernetes.io/kubelet-serving': ['digital signature', 'key encipherment', 'server auth'],
};
const longestQuote = 100;

/**
 * All that is dangerous or unusual about a request, the dangerous first.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
export function remarksOn(request: DecodedRequest): readonly Remark[] {
  const { csr } = request;
  const ofCsr = 'problem' in csr ? [dangerous('CsrRefused', csr.problem)] : remarksOnCsr(csr, request);
  const remarks = [...ofCsr, ...remarksOnUsages(request), ...remarksOnLife(request)];
  return remarks.toSorted((a, b) => Number(b.severity === 'dangerous') - Number(a.severity === 'dangerous'));
}

function remarksOnCsr(csr: DecodedCsr, request: DecodedRequest): readonly Remark[] {
  const { commonNames, organizations, dnsNames, hasOtherNames, keyType } = csr;
  const remarks: Remark[] = [];
  if (organizations.includes(systemMasters)) {
    const text = `The group ${systemMasters} (O) may do everything in the cluster, whatever RBAC says, until the certificate ends.`;
    remarks.push(dangerous('SystemMasters', text));
  }
  const groups = organizations.filter((group) => isOfKubernetes(group) && group !== systemMasters);
  for (const group of groups) {
    remarks.push(
      dangerous(
        'SystemGroup',
        `The group ${quoted(group)} (O) is one of Kubernetes itself: of nodes, components or service accounts.`,
      ),
    );
  }
  for (const user of commonNames.filter(isOfKubernetes)) {
    remarks.push(
      dangerous(
        'SystemUser',
        `The user ${quoted(user)} (CN) is one of Kubernetes itself: a node, a component or a service account.`,
      ),
    );
  }
  const user = commonNames.at(-1);
  if (commonNames.length > 1) {
    remarks.push(
      unusual('SeveralNames', `It has ${commonNames.length} CNs; the API server takes ${quoted(user ?? '')} as the user.`),
    );
  }
  if (csr.asksForCA || request.isCA) {
    remarks.push(dangerous('CA', 'A CA certificate is asked for: who has it can sign certificates for others.'));
  }
  if (csr.unread !== undefined) {
    const text = `The CSR has the ${csr.unread}, which is not shown here; a CA may take names or rights from it all the same.`;
    remarks.push(dangerous('UnreadPart', text));
  }
  const wildcards = dnsNames.filter((name) => name.includes('*'));
  if (wildcards.length > 0) {
    remarks.push(unusual('Wildcard', `${quoted(wildcards[0] ?? '')} stands for every name under it.`));
  }
  if (hasOtherNames)
    remarks.push(
      unusual('OtherNames', 'It has alternative names of a kind that is seldom used (otherName, directoryName, …).'),
    );
  if (keyType.kind === 'rsa' && keyType.bits < 3072 && (request.wantedSeconds ?? 0) > longLifeSeconds) {
    remarks.push(
      unusual(
        'WeakKey',
        `An RSA key of ${keyType.bits} bits is little for so long a life; 3072 bits, or ECDSA P-256, is usual.`,
      ),
    );
  }
  const { requester, usages } = request;
  if (usages.includes('client auth') && user !== undefined && requester !== '' && user !== requester) {
    const text = `${quoted(requester)} asks for a certificate that says it is ${quoted(user)}: make sure that they may.`;
    remarks.push(unusual('OtherUser', text));
  }
  const others = usages.includes('client auth')
    ? organizations.filter((group) => !isOfKubernetes(group) && !request.groups.includes(group))
    : [];
  if (others.length > 0) {
    const list = others.slice(0, 5).map(quoted).join(', ');
    remarks.push(
      unusual(
        'OtherGroup',
        `Whoever has it is in the group ${list} (O), which the requester is not: see what roles are bound to it.`,
      ),
    );
  }
  return remarks;
}

/** Names that clusters bind high rights to by themselves: those of Kubernetes, and the administrators that kubeadm makes. */
function isOfKubernetes(name: string): boolean {
  return /^(system:|kubeadm:|kube-apiserver-|kubernetes-(super-)?admin$)/.test(name);
}

function remarksOnUsages({ signerName, usages }: DecodedRequest): readonly Remark[] {
  const remarks: Remark[] = [];
  const allowed = Object.hasOwn(usagesOfSigners, signerName) ? usagesOfSigners[signerName] : undefined;
  const beyond = usages.filter((usage) => allowed !== undefined && !allowed.includes(usage));
  if (beyond.length > 0) {
    const list = beyond.map(quoted).join(', ');
    remarks.push(
      dangerous(
        'UsageBeyondSigner',
        `The usage ${list} is none that ${signerName} signs: it would fail, or mean more than it should.`,
      ),
    );
  }
  const forSigning = usages.filter((usage) => usage === 'cert sign' || usage === 'crl sign');
  if (forSigning.length > 0) {
    remarks.push(dangerous('CAUsage', `The usage ${forSigning.map(quoted).join(', ')} is for CAs alone.`));
  }
  if (usages.includes('any')) remarks.push(unusual('AnyUsage', 'The usage "any" lets the certificate be used for everything.'));
  return remarks;
}

function remarksOnLife({ wantedSeconds, durationProblem }: DecodedRequest): readonly Remark[] {
  if (durationProblem !== undefined)
    return [unusual('InvalidDuration', `It would fail once it is approved: ${durationProblem}`)];
  if (wantedSeconds === undefined || wantedSeconds <= longLifeSeconds) return [];
  const life = formatDuration(wantedSeconds * 1000);
  return [
    unusual('LongLife', `It is to last ${life}. Kubernetes cannot revoke a certificate: what leaks stays good until then.`),
  ];
}

function dangerous(code: string, text: string): Remark {
  return { severity: 'dangerous', code, text: oneLine(text, 1000) };
}

function unusual(code: string, text: string): Remark {
  return { severity: 'unusual', code, text: oneLine(text, 1000) };
}

function quoted(text: string): string {
  return `"${oneLine(text, longestQuote)}"`;
}
