import type { CertificateRequest } from '../../api/certificate-request.ts';
import { findCondition, isTrue } from '../../api/conditions.ts';
import { conditionTypes } from '../../api/group.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ended, sentence } from '../../lib/sentence.ts';
import { nameOfOurs } from '../doctor/issuer-ref.ts';
import type { Commands } from '../doctor/options.ts';
import { whyWaiting } from '../doctor/why-waiting.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { type Approver, whyNotApproved } from './approval.ts';
import { type Certificate, nextAttempt } from './certificate.ts';
import { findOurIssuers, type FoundIssuer } from './issuer.ts';
import { shownText, type Verdict } from './report.ts';

/** What a judgement needs from outside. */
export interface JudgeDeps {
  readonly client: Pick<KubeClient, 'create' | 'get' | 'list'>;
  readonly approver: Approver;
  readonly commands: Pick<Commands, 'applyRbac' | 'kubectl'>;
  /** How this program is called. */
  readonly invocation: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Why a CertificateRequest has no certificate, or that it has one. */
export async function judgeCertificateRequest(
  request: CertificateRequest,
  issuer: FoundIssuer | undefined,
  deps: JudgeDeps,
  signal: AbortSignal,
): Promise<Verdict> {
  const { conditions, certificate = '' } = request.status ?? {};
  if (certificate !== '') return { state: 'issued', why: 'The request has its certificate.' };
  const refused = refusalOf(request);
  if (refused !== undefined) return { state: 'failed', why: refused, fix: againFix(request) };
  if (nameOfOurs(request.spec.issuerRef)) return await judgeOurs(request, deps, signal);
  if (!isTrue(conditions, conditionTypes.approved)) return await notApproved(request, 'It waits to be approved.', deps, signal);
  const message = findCondition(conditions, conditionTypes.ready)?.message ?? '';
  const said = message === '' ? 'its issuer has said nothing of it' : shownText(message);
  if (issuer?.isMissing === true) {
    return {
      state: 'failed',
      why: 'It is approved, and its issuer does not exist.',
      fix: 'create the issuer, or name another one',
    };
  }
  const ready = issuer?.isReady === false ? ' Its issuer is not ready.' : '';
  return {
    state: 'waiting',
    why: `It is approved, and waits: ${ended(said)}${ready}`,
    fix: 'see what is said of the issuer above',
  };
}

/** What refused the request for good; undefined where nothing has. */
function refusalOf({ status }: CertificateRequest): string | undefined {
  const { conditions, failureTime } = status ?? {};
  const denied = findCondition(conditions, conditionTypes.denied);
  if (denied?.status === 'True')
    return `It was denied by an approver: ${ended(shownText(denied.message ?? denied.reason ?? ''))}`;
  const invalid = findCondition(conditions, conditionTypes.invalidRequest);
  if (invalid?.status === 'True')
    return `It was refused as invalid: ${ended(shownText(invalid.message ?? invalid.reason ?? ''))}`;
  const ready = findCondition(conditions, conditionTypes.ready);
  if (ready?.reason !== 'Failed' && ready?.reason !== 'Denied') return undefined;
  return `It failed${failureTime === undefined ? '' : ` at ${shownText(failureTime)}`}: ${ended(shownText(ready.message ?? ''))}`;
}

/** What the doctor finds of a request, at once and for this one. */
async function judgeOurs(request: CertificateRequest, deps: JudgeDeps, signal: AbortSignal): Promise<Verdict> {
  const { client, now, invocation } = deps;
  const { namespace = 'default' } = request.metadata;
  const { issuers, unseenKinds } = await findOurIssuers(client, request.spec.issuerRef, namespace, signal);
  const why = whyWaiting(request, {
    now,
    // All that is known is said at once: somebody asks for it.
    patienceMs: 0,
    issuers,
    unseenKinds,
    noController: false,
    setIssuerRef: (_request, ref) => setIssuerRef(request, ref, deps),
    askAgain: () => againFix(request),
    approve: () => '',
  });
  if (why === undefined)
    return { state: 'waiting', why: 'Nothing is known of why it has no certificate.', fix: `${invocation} doctor` };
  const text = `It ${ended(why.what)}`;
  switch (why.code) {
    case 'NotApproved':
      return await notApproved(request, text, deps, signal);
    case 'WrongGroup':
    case 'IssuerNotFound':
      return { state: 'failed', why: sentence(ended(why.what)), fix: why.fix };
    case 'IssuerNotReady':
      return {
        state: 'waiting',
        why: text,
        fix: `mend what is said of the issuer above, and the request is signed; more of it says: ${invocation} doctor`,
      };
    case 'ControllerSilent':
      return { state: 'waiting', why: text, fix: `see whether a controller runs: ${invocation} doctor` };
    default:
      return { state: 'waiting', why: text, fix: why.fix };
  }
}

async function notApproved(request: CertificateRequest, text: string, deps: JudgeDeps, signal: AbortSignal): Promise<Verdict> {
  const { why, fix } = await whyNotApproved(deps.client, request, deps.approver, deps.commands, signal);
  return { state: 'waiting', why: why === '' ? text : `${text} ${why}`, fix };
}

/**
 * Why a Certificate has no certificate, or that it has one.
 * @param ofRequest the verdict on its newest request; absent where it has none, or none may be seen.
 */
export function judgeCertificate(
  certificate: Certificate,
  ofRequest: Verdict | undefined,
  { commands, approver }: Pick<JudgeDeps, 'approver' | 'commands'>,
): Verdict {
  const { conditions, notAfter, renewalTime } = certificate.status ?? {};
  const ready = findCondition(conditions, conditionTypes.ready);
  const isIssuing = isTrue(conditions, 'Issuing');
  const next = nextAttempt(certificate);
  const again = next === undefined ? '' : ` cert-manager asks again at ${next}.`;
  if (ready?.status === 'True') {
    const there = `The certificate is there, until ${shownText(notAfter ?? 'an unknown time')}`;
    const pending = isIssuing && ofRequest !== undefined && ofRequest.state !== 'issued';
    if (!pending)
      return { state: 'issued', why: `${there}; it is renewed at ${shownText(renewalTime ?? 'an unknown time')}.${again}` };
    return { state: 'issued', why: `${there}, but a new one is not. ${ofRequest.why}${again}`, ...fixOf(ofRequest) };
  }
  if (ofRequest !== undefined && ofRequest.state !== 'issued') {
    return { ...ofRequest, why: `${ofRequest.why}${again}` };
  }
  const said = ended(shownText(ready?.message ?? 'cert-manager has said nothing of it'));
  const what =
    ofRequest === undefined
      ? 'There is no CertificateRequest of it'
      : 'Its newest CertificateRequest has a certificate, which is not in use';
  const runs = `see whether cert-manager runs: ${commands.kubectl} get pods --namespace ${shellWord(approver.namespace)}`;
  return {
    state: 'waiting',
    why: `${what}: ${said}${again}`,
    fix: next === undefined ? runs : `ask again at once: ${renewal(certificate)}`,
  };
}

function fixOf({ fix }: Verdict): { readonly fix?: string } {
  return fix === undefined ? {} : { fix };
}

const certificateName = 'cert-manager.io/certificate-name';

function renewal({ metadata: { name, namespace = 'default' } }: Pick<Certificate, 'metadata'>): string {
  return `cmctl renew ${shellWord(name)} --namespace ${shellWord(namespace)}`;
}

function againFix({ metadata }: CertificateRequest): string {
  const name = metadata.annotations?.[certificateName];
  const { namespace = 'default' } = metadata;
  if (name === undefined) return 'mend what the message says, and make the request again';
  return `mend what the message says; cert-manager asks again after a while, or at once: ${renewal({ metadata: { name, namespace } })}`;
}

function setIssuerRef(
  { metadata }: CertificateRequest,
  issuerRef: { readonly kind?: string; readonly group?: string; readonly name?: string },
  { commands }: JudgeDeps,
): string {
  const name = metadata.annotations?.[certificateName];
  const fields = Object.entries(issuerRef).map(([field, value]) => `issuerRef.${field}: ${value}`);
  if (name === undefined) return `make the request again, with ${fields.join(', ')}`;
  const patch = shellWord(JSON.stringify({ spec: { issuerRef } }));
  const namespace = shellWord(metadata.namespace ?? 'default');
  return `${commands.kubectl} patch certificate ${shellWord(name)} --namespace ${namespace} --type merge --patch ${patch}`;
}
