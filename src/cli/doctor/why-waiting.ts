import type { CertificateRequest } from '../../api/certificate-request.ts';
import { conditionTypes, group, issuerKinds } from '../../api/group.ts';
import { findCondition } from '../../api/conditions.ts';
import { certificateRequestKind } from '../../issuing/request-kinds/certificate-request.ts';
import { issuerWords, type IssuerView, type RequestView } from '../../issuing/request-view.ts';
import { formatDuration } from '../../lib/duration.ts';
import { nearestKey } from '../../lib/nearest-key.ts';
import { printable } from '../../lib/printable.ts';
import type { Severity } from './finding.ts';

/** Why a request has no certificate. */
export interface WhyWaiting {
  readonly severity: Severity;
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  /** What is the same for all requests that wait for one and the same thing. */
  readonly cause: string;
}

/** What is known besides the request. */
export interface WaitingContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly patienceMs: number;
  readonly issuers: readonly IssuerView[];
  /** The kinds whose issuers could not be listed. */
  readonly unseenKinds: readonly string[];
  /** That no controller works is known. */
  readonly noController: boolean;
  /** The command that changes what the Certificate of a request says of its issuer. */
  readonly setIssuerRef: (
    request: CertificateRequest,
    ref: { readonly kind?: string; readonly group?: string; readonly name?: string },
  ) => string;
  readonly askAgain: (request: CertificateRequest) => string;
  readonly approve: (request: CertificateRequest) => string;
}

/** An approver decides within this time, in milliseconds. */
const approvalMs = 30_000;
/** A controller looks at an approved request within this time, and one that waits may go on by itself; in milliseconds. */
const firstLookMs = 10_000;

/** Says why an open request of ours has no certificate; undefined where it is only a moment old. */
export function whyWaiting(request: CertificateRequest, context: WaitingContext): WhyWaiting | undefined {
  const { issuerRef } = request.spec;
  if (issuerRef.group !== group) {
    const what = `issuerRef.kind is ${issuerRef.kind}, but issuerRef.group is "${printable(issuerRef.group ?? '')}": no controller feels responsible`;
    return { severity: 'error', code: 'WrongGroup', what, fix: context.setIssuerRef(request, { group }), cause: 'group' };
  }
  const view = certificateRequestKind.view(request);
  return view === undefined ? whyFinished(request, context) : whyOpen(request, view, context);
}

/** Refused for good. */
function whyFinished(request: CertificateRequest, { askAgain }: WaitingContext): WhyWaiting | undefined {
  const ready = findCondition(request.status?.conditions, conditionTypes.ready);
  const message = printable(ready?.message ?? '');
  const fix = askAgain(request);
  if (ready?.reason === 'Denied') {
    return { severity: 'warning', code: 'Denied', what: `was denied by an approver: ${message}`, fix, cause: 'denied' };
  }
  if (ready?.reason === 'Failed') {
    return {
      severity: 'warning',
      code: 'Failed',
      what: `failed at ${request.status?.failureTime ?? ''}: ${message}`,
      fix,
      cause: message,
    };
  }
  return undefined;
}

function whyOpen(request: CertificateRequest, view: RequestView, context: WaitingContext): WhyWaiting | undefined {
  const { now, patienceMs } = context;
  const age = now - view.createdAt;
  const since = `for ${formatDuration(Math.max(0, age))}`;
  if (view.approval === 'undecided') {
    if (age < Math.min(approvalMs, patienceMs)) return undefined;
    const what = `waits ${since} for an approver to approve it`;
    return { severity: 'error', code: 'NotApproved', what, fix: context.approve(request), cause: 'approval' };
  }
  const controllerFix = 'see what is said of the controller above; its log says more';
  if (view.approval === 'denied') {
    if (age < patienceMs) return undefined;
    const what = 'was denied, and no controller has written so into its status';
    return { severity: 'error', code: 'ControllerSilent', what, fix: controllerFix, cause: 'silent' };
  }
  const missing = missingIssuer(request, view, context);
  if (missing !== undefined) return missing;
  const issuer = 'unknownKind' in view.issuer ? undefined : issuerOf(view.issuer, context.issuers);
  const current = issuer?.ready?.observedGeneration === issuer?.generation ? issuer?.ready?.status : 'stale';
  if (issuer !== undefined && current !== 'True') {
    const what = `waits ${since} for ${issuerWords(issuer.key)}, which is not ready`;
    return {
      severity: 'warning',
      code: 'IssuerNotReady',
      what,
      fix: 'see what is said of that issuer above',
      cause: issuerWords(issuer.key),
    };
  }
  if (view.ready?.reason === 'Pending') return whyPending(view.ready.message, age, patienceMs);
  const approvedAt = Date.parse(findCondition(request.status?.conditions, conditionTypes.approved)?.lastTransitionTime ?? '');
  const approvedFor = Number.isNaN(approvedAt) ? age : now - approvedAt;
  if (approvedFor < Math.min(firstLookMs, patienceMs)) return undefined;
  const what = `is approved for ${formatDuration(Math.max(0, approvedFor))}, and no controller has looked at it`;
  const isLate = context.noController || age >= patienceMs;
  const fix = `${controllerFix}; or its turn has not come: spec.rateLimit of the issuer`;
  return { severity: isLate ? 'error' : 'warning', code: 'ControllerSilent', what, fix, cause: 'silent' };
}

/** The controller has said why: the CA takes its time, or something is in the way that somebody must mend. */
function whyPending(message: string, age: number, patienceMs: number): WhyWaiting {
  const cause = message.split(':', 1)[0] ?? '';
  const what = `waits for ${formatDuration(Math.max(0, age))}: ${printable(message)}`;
  const isLate = age >= patienceMs;
  if (cause === 'PendingAtCA') {
    const fix = 'look for the request at the CA, or ask the people of the CA';
    return { severity: isLate ? 'warning' : 'ok', code: 'Pending', what, fix, cause };
  }
  const soon = age < Math.min(firstLookMs, patienceMs) ? 'ok' : 'warning';
  const fix =
    'mend what the message says; the request is tried again by itself, until spec.retry.budget of the issuer is used up';
  return { severity: isLate ? 'error' : soon, code: 'Pending', what, fix, cause };
}

function issuerOf(key: IssuerView['key'], issuers: readonly IssuerView[]): IssuerView | undefined {
  return issuers.find(
    (each) => each.key.kind === key.kind && each.key.name === key.name && each.key.namespace === key.namespace,
  );
}

/** Where there is no such issuer: what was probably meant. */
function missingIssuer(request: CertificateRequest, { issuer }: RequestView, context: WaitingContext): WhyWaiting | undefined {
  const found = (what: string, fix: string): WhyWaiting => ({
    severity: 'error',
    code: 'IssuerNotFound',
    what,
    fix,
    cause: what,
  });
  if ('unknownKind' in issuer) {
    const kinds = issuerKinds.map(({ kind }) => kind);
    const kind = nearestKey(issuer.unknownKind, kinds) ?? 'ExternalIssuer';
    const what = `issuerRef.kind "${printable(issuer.unknownKind)}" is not a kind of group ${group}; there are ${kinds.join(' and ')}`;
    return found(what, context.setIssuerRef(request, { kind }));
  }
  if (issuerOf(issuer, context.issuers) !== undefined || context.unseenKinds.includes(issuer.kind)) return undefined;
  const { namespace = '' } = request.metadata;
  // Those that this request could name.
  const inReach = context.issuers.filter(({ key }) => key.namespace === undefined || key.namespace === namespace);
  const other = inReach.find(({ key }) => key.name === issuer.name && key.kind !== issuer.kind);
  const words = `${issuerWords(issuer)} does not exist`;
  if (other !== undefined) {
    return found(
      `${words}; there is an ${other.key.kind} of that name`,
      context.setIssuerRef(request, { kind: other.key.kind }),
    );
  }
  const elsewhere = context.issuers.find(({ key }) => key.name === issuer.name && key.namespace !== undefined);
  const near = nearestKey(
    issuer.name,
    inReach.filter(({ key }) => key.kind === issuer.kind).map(({ key }) => key.name),
  );
  if (near !== undefined) return found(`${words}; did it mean "${near}"?`, context.setIssuerRef(request, { name: near }));
  const hint =
    elsewhere === undefined ? '' : `; there is one in namespace "${elsewhere.key.namespace}", which signs only there`;
  return found(`${words}${hint}`, 'create the issuer; the request is signed as soon as it is ready');
}
