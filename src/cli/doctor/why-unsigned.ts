import { findCondition, isTrue } from '../../api/conditions.ts';
import { conditionTypes, group, issuerKinds } from '../../api/group.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { issuerKeyText, issuerWords, type IssuerKey, type IssuerView } from '../../issuing/request-view.ts';
import { readSignerName, signerNameOf } from '../../issuing/signer-name.ts';
import { formatDuration } from '../../lib/duration.ts';
import { nearestKey } from '../../lib/nearest-key.ts';
import { printable } from '../../lib/printable.ts';
import type { WaitingContext, WhyWaiting } from './why-waiting.ts';

/** What is known besides the CertificateSigningRequest. */
export interface UnsignedContext extends Pick<
  WaitingContext,
  'now' | 'patienceMs' | 'issuers' | 'unseenKinds' | 'noController'
> {
  /** Whether the controller signs requests of this kind (`--request-kinds`). */
  readonly isSigned: boolean;
  /** Whether the built-in approver decides about requests for that issuer. */
  readonly isDecided: (issuer: IssuerKey) => boolean;
  /** How a person decides about the request of that name. */
  readonly approve: (name: string) => string;
  /** How the events about it are seen, which say why it waits. */
  readonly events: (name: string) => string;
  readonly remove: (name: string) => string;
}

/** The approver decides within this time, in milliseconds. */
const approvalMs = 30_000;
/** A controller looks at an approved request within this time; in milliseconds. */
const firstLookMs = 10_000;
const hourMs = 3_600_000;
/** After so long kube-controller-manager deletes a request, in milliseconds: without a certificate, and failed. */
const waitingLifeMs = 24 * hourMs;
const failedLifeMs = hourMs;

/**
 * Says why a CertificateSigningRequest for an issuer of ours has no certificate, and when it is deleted; undefined for one
 * that was denied, is only a moment old, or waits for a person who has had no time yet.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#request-signing-process
 */
export function whyUnsigned(request: CertificateSigningRequest, context: UnsignedContext): WhyWaiting | undefined {
  const { metadata, spec, status } = request;
  const named = readSignerName(spec.signerName);
  if (named === undefined || isTrue(status?.conditions, conditionTypes.denied)) return undefined;
  const failure = findCondition(status?.conditions, conditionTypes.failed);
  if (failure?.status === 'True') {
    const reason = printable(failure.reason ?? '');
    const end = deletion(Date.parse(failure.lastTransitionTime ?? ''), failedLifeMs, context.now);
    const what = `failed with ${reason}: ${printable(failure.message ?? '')} ${end}`;
    const fix = `mend what the message says, and make the request again under another name, or after ${context.remove(metadata.name)}`;
    return { severity: 'warning', code: 'Failed', what, fix, cause: reason };
  }
  if ('malformed' in named) {
    const what = `spec.signerName "${printable(named.malformed.slice(0, 300))}" names no issuer, and cannot be changed`;
    const signers = issuerKinds.map(({ kind, namespaced }) =>
      signerNameOf({ kind, name: 'NAME', ...(namespaced ? { namespace: 'NAMESPACE' } : {}) }),
    );
    const fix = `${context.remove(metadata.name)}, and make it again with ${signers.join(' or ')}`;
    return { severity: 'error', code: 'SignerNameMalformed', what, fix, cause: 'malformed' };
  }
  const missing = missingIssuer(named, metadata.name, context);
  if (isTrue(status?.conditions, conditionTypes.approved)) return missing ?? whyApproved(request, named, context);
  return missing ?? whyUndecided(request, named, context);
}

function whyUndecided(
  { metadata }: CertificateSigningRequest,
  issuer: IssuerKey,
  { now, patienceMs, isDecided, approve }: UnsignedContext,
): WhyWaiting | undefined {
  const createdAt = Date.parse(metadata.creationTimestamp ?? '');
  const age = Math.max(0, now - createdAt);
  const end = deletion(createdAt, waitingLifeMs, now);
  if (isDecided(issuer)) {
    if (age < Math.min(approvalMs, patienceMs)) return undefined;
    const what = `waits ${formatDuration(age)} for the built-in approver, which decides by spec.policy.rules of ${issuerWords(issuer)}. ${end}`;
    const fix = 'see what is said of the approver above; its log says more';
    return { severity: 'error', code: 'NotApproved', what, fix, cause: 'approver' };
  }
  if (age < patienceMs) return undefined;
  const what = `waits ${formatDuration(age)} for a person to approve it. ${end}`;
  return { severity: 'warning', code: 'NotApproved', what, fix: approve(metadata.name), cause: 'person' };
}

function whyApproved(
  { metadata, status }: CertificateSigningRequest,
  issuer: IssuerKey,
  context: UnsignedContext,
): WhyWaiting | undefined {
  const { now, patienceMs, events } = context;
  const approval = findCondition(status?.conditions, conditionTypes.approved)?.lastTransitionTime;
  const approvedAt = Date.parse(approval ?? metadata.creationTimestamp ?? '');
  const age = Math.max(0, now - approvedAt);
  const end = deletion(approvedAt, waitingLifeMs, now);
  const isLate = age >= patienceMs;
  const waits = `is approved for ${formatDuration(age)}`;
  if (!context.isSigned) {
    const what = `${waits}, and the controller signs no CertificateSigningRequests. ${end}`;
    const fix = 'add CertificateSigningRequest to --request-kinds of the controller';
    return { severity: 'error', code: 'KindNotSigned', what, fix, cause: 'kind' };
  }
  const view = issuerOf(issuer, context.issuers);
  const isReady = view?.ready?.status === 'True' && view.ready.observedGeneration === view.generation;
  if (view !== undefined && !isReady) {
    const words = issuerWords(issuer);
    const what = `${waits} and waits for ${words}, which is not ready. ${end}`;
    const fix = 'see what is said of that issuer above';
    return { severity: 'warning', code: 'IssuerNotReady', what, fix, cause: words };
  }
  const signing = findCondition(status?.conditions, conditionTypes.signing);
  if (signing?.status === 'True') return whyPending(printable(signing.reason ?? ''), metadata.name, waits, end, isLate, events);
  if (age < Math.min(firstLookMs, patienceMs)) return undefined;
  return {
    severity: isLate || context.noController ? 'error' : 'warning',
    code: 'ControllerSilent',
    what: `${waits}, and no controller has looked at it. ${end}`,
    fix: `see what is said of the controller above; ${events(metadata.name)} shows what it has said; or its turn has not come: spec.rateLimit of the issuer`,
    cause: 'silent',
  };
}

/** The controller has tried: the CA takes its time, or something is in the way. The status has no place for more than its code. */
function whyPending(
  code: string,
  name: string,
  waits: string,
  end: string,
  isLate: boolean,
  events: UnsignedContext['events'],
): WhyWaiting {
  const what = `${waits} and waits: ${code}. ${end}`;
  if (code === 'PendingAtCA') {
    const fix = 'look for the request at the CA, or ask the people of the CA';
    return { severity: isLate ? 'warning' : 'ok', code: 'Pending', what, fix, cause: code };
  }
  const fix = `mend what its events say: ${events(name)}; the request is tried again by itself, until spec.retry.budget of the issuer is used up`;
  return { severity: isLate ? 'error' : 'warning', code: 'Pending', what, fix, cause: code };
}

/** Where there is no such issuer: what was probably meant. */
function missingIssuer(wanted: IssuerKey, name: string, context: UnsignedContext): WhyWaiting | undefined {
  const { issuers, unseenKinds } = context;
  if (issuerOf(wanted, issuers) !== undefined || unseenKinds.includes(wanted.kind)) return undefined;
  const keys = issuers.map(({ key }) => key);
  const alike = keys.filter(({ kind, namespace }) => kind === wanted.kind && namespace === wanted.namespace);
  const near = nearestKey(
    wanted.name,
    alike.map((key) => key.name),
  );
  const meant = keys.find((key) => key.name === wanted.name) ?? alike.find((key) => key.name === near);
  const what = `spec.signerName names ${issuerWords(wanted)}, which does not exist`;
  const again = `${context.remove(name)}, and make it again with --signer`;
  return {
    severity: 'error',
    code: 'IssuerNotFound',
    what: meant === undefined ? what : `${what}; there is ${issuerWords(meant)}`,
    fix:
      meant === undefined
        ? `create the issuer, and the request is signed as soon as it is ready and approved; or ${again} of another issuer of ${group}`
        : `${again} ${signerNameOf(meant)}`,
    cause: what,
  };
}

function issuerOf(key: IssuerKey, issuers: readonly IssuerView[]): IssuerView | undefined {
  const wanted = issuerKeyText(key);
  return issuers.find((each) => issuerKeyText(each.key) === wanted);
}

/** When kube-controller-manager deletes the request, which it looks for once an hour. */
function deletion(since: number, lifeMs: number, now: number): string {
  if (Number.isNaN(since)) return `Kubernetes deletes it after ${formatDuration(lifeMs)}.`;
  const minutes = Math.ceil((since + lifeMs - now) / 60_000);
  return minutes > 0
    ? `Kubernetes deletes it in about ${formatDuration(minutes * 60_000)}.`
    : 'Kubernetes deletes it within the hour.';
}
