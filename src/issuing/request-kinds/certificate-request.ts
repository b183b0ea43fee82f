import type { CertificateRequest } from '../../api/certificate-request.ts';
import { findCondition, isTrue, nextCondition, timestamp, type Condition } from '../../api/conditions.ts';
import { conditionTypes, group, issuerKinds } from '../../api/group.ts';
import { certificateRequests } from '../../api/resources.ts';
import { parseGoDuration } from '../../lib/duration.ts';
import { err, ok } from '../../lib/result.ts';
import type { StatusChange } from '../conclusion.ts';
import type { RequestView } from '../request-view.ts';
import { readSigningState, writeSigningState } from '../signing-state.ts';
import type { RequestKind } from './kind.ts';
import { approvalTime } from './approval-time.ts';
import { boundedNotes } from './notes.ts';

/** cert-manager's default for a request without a duration: 90 days, in seconds. */
const defaultDurationSeconds = 90 * 86_400;

/**
 * cert-manager's CertificateRequest. Ready has cert-manager's reasons, since cert-manager acts on them: Pending,
 * Failed, Denied, Issued. This project's own codes begin the message.
 * @see https://cert-manager.io/docs/usage/certificaterequest/
 */
export const certificateRequestKind: RequestKind<CertificateRequest> = {
  resource: certificateRequests,
  showsWaiting: true,
  view,
  statusOf,
  holds,
};

function view(object: CertificateRequest): RequestView | undefined {
  const { metadata, spec, status } = object;
  if (spec.issuerRef.group !== group || isFinished(object)) return undefined;
  const namespace = metadata.namespace ?? '';
  const ready = findCondition(status?.conditions, conditionTypes.ready);
  const approvedAt = approvalTime(status?.conditions, metadata.creationTimestamp);
  const signing = readSigningState(findCondition(status?.conditions, conditionTypes.signing)?.message, spec.request);
  return {
    kind: 'CertificateRequest',
    uid: metadata.uid ?? '',
    namespace,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion ?? '',
    createdAt: Date.parse(metadata.creationTimestamp ?? ''),
    issuer: issuerOf(spec.issuerRef, namespace),
    approval: approvalOf(status?.conditions),
    csr: spec.request,
    duration: durationOf(spec.duration),
    usages: spec.usages ?? [],
    isCA: spec.isCA ?? false,
    ...(spec.username === undefined ? {} : { requester: { username: spec.username, groups: spec.groups ?? [] } }),
    annotations: boundedNotes(metadata.annotations),
    labels: boundedNotes(metadata.labels),
    ...(approvedAt === undefined ? {} : { approvedAt }),
    ...(ready === undefined ? {} : { ready: readyView(ready) }),
    ...(signing === undefined ? {} : { signing }),
  };
}

/** One that is being deleted counts as finished: nobody would use its certificate. */
function isFinished({ metadata, status }: CertificateRequest): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  const reason = findCondition(status?.conditions, conditionTypes.ready)?.reason;
  if (reason === 'Issued' || reason === 'Failed' || reason === 'Denied') return true;
  return isTrue(status?.conditions, conditionTypes.invalidRequest) || (status?.certificate ?? '') !== '';
}

/** An empty kind is taken for ExternalIssuer: with our group it can mean nothing else that is safer. */
function issuerOf(ref: CertificateRequest['spec']['issuerRef'], namespace: string): RequestView['issuer'] {
  const wanted = ref.kind === undefined || ref.kind === '' ? 'ExternalIssuer' : ref.kind;
  const known = issuerKinds.find(({ kind }) => kind === wanted);
  if (known === undefined) return { unknownKind: wanted.slice(0, 100), name: ref.name };
  return known.namespaced ? { kind: known.kind, namespace, name: ref.name } : { kind: known.kind, name: ref.name };
}

function approvalOf(conditions: readonly Condition[] | undefined): RequestView['approval'] {
  if (isTrue(conditions, conditionTypes.denied)) return 'denied';
  return isTrue(conditions, conditionTypes.approved) ? 'approved' : 'undecided';
}

function durationOf(text: string | undefined): RequestView['duration'] {
  if (text === undefined || text === '') return ok(defaultDurationSeconds);
  const parsed = parseGoDuration(text);
  const seconds = parsed.ok ? Math.round(parsed.value / 1000) : 0;
  return seconds > 0 ? ok(seconds) : err('spec.duration is not a positive duration; write it as 2160h or 90m.');
}

function readyView(condition: Condition): NonNullable<RequestView['ready']> {
  const { status, reason = '', message = '', lastTransitionTime: since = '' } = condition;
  return { status, reason, message, since };
}

function statusOf(request: RequestView, change: StatusChange, now: number): CertificateRequest {
  const { uid, name, namespace, resourceVersion } = request;
  const metadata = { name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) };
  const previous: Condition[] = request.ready === undefined ? [] : [previousReady(request.ready)];
  const ready = (status: 'True' | 'False', reason: string, message: string): Condition =>
    nextCondition(previous, { type: conditionTypes.ready, status, reason, message }, now);
  // Server-side apply takes away what is left out, so a status without spec is all that is sent.
  return { metadata, status: fieldsOf(change, ready, now, request) } as unknown as CertificateRequest;
}

function holds({ metadata, spec, status }: CertificateRequest, request: RequestView, change: StatusChange): boolean {
  if (metadata.uid !== request.uid || spec.request !== request.csr) return false;
  const wanted = statusOf(request, change, 0).status;
  const [ready, wantedReady] = [status, wanted].map((each) => findCondition(each?.conditions, conditionTypes.ready));
  if (ready?.reason !== wantedReady?.reason || ready?.message !== wantedReady?.message) return false;
  return (status?.certificate ?? '') === (wanted?.certificate ?? '');
}

function fieldsOf(
  change: StatusChange,
  ready: (status: 'True' | 'False', reason: string, message: string) => Condition,
  now: number,
  request: RequestView,
): NonNullable<CertificateRequest['status']> {
  switch (change.change) {
    case 'issued':
      return {
        conditions: [ready('True', 'Issued', 'The certificate was signed and checked.')],
        certificate: base64(change.chainPem),
        ...(change.caPem === undefined || change.caPem === '' ? {} : { ca: base64(change.caPem) }),
      };
    case 'failed':
      return { conditions: [ready('False', 'Failed', `${change.code}: ${change.message}`)], failureTime: timestamp(now) };
    case 'denied':
      return { conditions: [ready('False', 'Denied', change.message)], failureTime: timestamp(now) };
    case 'pending': {
      const pending = ready('False', 'Pending', `${change.code}: ${change.message}`);
      const signing = change.signing ?? request.signing;
      if (signing === undefined) return { conditions: [pending] };
      const state = {
        type: conditionTypes.signing,
        status: 'True',
        reason: change.code,
        message: writeSigningState(signing, request.csr),
      } as const;
      // True since the first try, so that writing it again changes nothing.
      return { conditions: [pending, nextCondition([], state, Date.parse(signing.firstTry))] };
    }
    default:
      return change satisfies never;
  }
}

function previousReady(ready: NonNullable<RequestView['ready']>): Condition {
  const status = ready.status === 'True' || ready.status === 'False' ? ready.status : 'Unknown';
  return { type: conditionTypes.ready, status, ...(ready.since === '' ? {} : { lastTransitionTime: ready.since }) };
}

function base64(pem: string): string {
  return Buffer.from(pem, 'utf8').toString('base64');
}
