import { findCondition, isTrue, nextCondition, type Condition } from '../../api/conditions.ts';
import { conditionTypes } from '../../api/group.ts';
import { certificateSigningRequests } from '../../api/resources.ts';
import { durationAnnotation, isCaAnnotation, type CertificateSigningRequest } from '../../api/signing-request.ts';
import { formatDuration, parseGoDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { StatusChange } from '../conclusion.ts';
import type { Requester, RequestView } from '../request-view.ts';
import { readSignerName } from '../signer-name.ts';
import { readSigningState, writeSigningState } from '../signing-state.ts';
import type { RequestKind } from './kind.ts';
import { approvalTime } from './approval-time.ts';
import { boundedNotes } from './notes.ts';
import { signingRequestDurationFields } from './words.ts';

/** As for cert-manager's requests: 90 days, in seconds. */
const defaultDurationSeconds = 90 * 86_400;
/** The API server takes no shorter `expirationSeconds`; the annotation, which it does not look at, may not be shorter either. */
const leastDurationSeconds = 600;

/**
 * Kubernetes' CertificateSigningRequest. Its status has no place for why it waits: events tell that. A certificate that is
 * written stays as it is, and so does a condition: one of ours ends by being False.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
export const signingRequestKind: RequestKind<CertificateSigningRequest> = {
  resource: certificateSigningRequests,
  showsWaiting: false,
  view,
  statusOf,
  holds,
};

function view(object: CertificateSigningRequest): RequestView | undefined {
  const { metadata, spec, status } = object;
  const named = readSignerName(spec.signerName);
  if (named === undefined || isFinished(object)) return undefined;
  const approvedAt = approvalTime(status?.conditions, metadata.creationTimestamp);
  const signing = readSigningState(findCondition(status?.conditions, conditionTypes.signing)?.message, spec.request);
  return {
    kind: 'CertificateSigningRequest',
    uid: metadata.uid ?? '',
    name: metadata.name,
    resourceVersion: metadata.resourceVersion ?? '',
    createdAt: Date.parse(metadata.creationTimestamp ?? ''),
    issuer: 'malformed' in named ? { unknownKind: named.malformed, name: '' } : named,
    approval: isTrue(status?.conditions, conditionTypes.approved) ? 'approved' : 'undecided',
    csr: spec.request,
    duration: wantedDuration(object),
    usages: spec.usages ?? [],
    isCA: metadata.annotations?.[isCaAnnotation] === 'true',
    requester: requesterOf(object),
    annotations: boundedNotes(metadata.annotations),
    labels: boundedNotes(metadata.labels),
    ...(approvedAt === undefined ? {} : { approvedAt }),
    ...(signing === undefined ? {} : { signing }),
  };
}

/** Kubernetes itself shows a denial, so there is nothing left to do about one. */
function isFinished({ metadata, status }: CertificateSigningRequest): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  const ends = [conditionTypes.denied, conditionTypes.failed];
  return (status?.certificate ?? '') !== '' || ends.some((type) => isTrue(status?.conditions, type));
}

/**
 * How long the certificate of a request for one of our issuers is to last, in seconds, by the annotation, else `expirationSeconds`, else
 * 90 days; or what is wrong with what is written.
 */
export function wantedDuration({ metadata, spec }: CertificateSigningRequest): Result<number, string> {
  const written = metadata.annotations?.[durationAnnotation] ?? '';
  if (written === '') return ok(spec.expirationSeconds ?? defaultDurationSeconds);
  const field = signingRequestDurationFields.annotation;
  const parsed = parseGoDuration(written);
  if (!parsed.ok)
    return err(`${field} is "${printable(written.slice(0, 60))}", which is no duration; write it as 2160h or 90m.`);
  const seconds = Math.round(parsed.value / 1000);
  if (seconds >= leastDurationSeconds) return ok(seconds);
  return err(
    `${field} asks for ${formatDuration(parsed.value)}; a certificate lasts at least ${formatDuration(leastDurationSeconds * 1000)}.`,
  );
}

function requesterOf({ spec }: CertificateSigningRequest): Requester {
  const { username = '', uid, groups = [], extra } = spec;
  return { username, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
}

function statusOf(request: RequestView, change: StatusChange, now: number): CertificateSigningRequest {
  const { uid, name, resourceVersion } = request;
  // Server-side apply takes away what is left out, so a status without spec is all that is sent.
  return {
    metadata: { name, uid, resourceVersion },
    status: fieldsOf(request, change, now),
  } as unknown as CertificateSigningRequest;
}

function fieldsOf(request: RequestView, change: StatusChange, now: number): NonNullable<CertificateSigningRequest['status']> {
  switch (change.change) {
    case 'issued':
      return { conditions: signingOver(request, now), certificate: base64(change.chainPem) };
    case 'failed':
    case 'denied': {
      const reason = change.change === 'failed' ? change.code : 'Denied';
      const failed = { type: conditionTypes.failed, status: 'True', reason, message: change.message } as const;
      return { conditions: [nextCondition([], failed, now), ...signingOver(request, now)] };
    }
    case 'pending': {
      const signing = change.signing ?? request.signing;
      if (signing === undefined) return { conditions: [] };
      const message = writeSigningState(signing, request.csr);
      const state = { type: conditionTypes.signing, status: 'True', reason: change.code, message } as const;
      // True since the first try, so that writing it again changes nothing.
      return { conditions: [nextCondition([], state, Date.parse(signing.firstTry))] };
    }
    default:
      return change satisfies never;
  }
}

/** The API server keeps a condition that is left out: what is over is said to be so. */
function signingOver({ signing }: RequestView, now: number): readonly Condition[] {
  if (signing === undefined) return [];
  const over = {
    type: conditionTypes.signing,
    status: 'False',
    reason: 'Finished',
    message: 'The request has come to its end.',
  } as const;
  return [nextCondition([], over, now)];
}

function holds({ metadata, spec, status }: CertificateSigningRequest, request: RequestView, change: StatusChange): boolean {
  if (metadata.uid !== request.uid || spec.request !== request.csr) return false;
  const wanted = fieldsOf(request, change, 0);
  const [failed, wantedFailed] = [status, wanted].map((each) => findCondition(each?.conditions, conditionTypes.failed));
  if (failed?.reason !== wantedFailed?.reason || failed?.message !== wantedFailed?.message) return false;
  return (status?.certificate ?? '') === (wanted.certificate ?? '');
}

function base64(pem: string): string {
  return Buffer.from(pem, 'utf8').toString('base64');
}
