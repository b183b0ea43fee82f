import { failed } from './conclude.ts';
import type { Conclusion } from './conclusion.ts';
import { issuerCode, issuerWords, otherKindOf, type IssuerKey, type IssuerView, type RequestView } from './request-view.ts';
import { wordsOf } from './request-kinds/words.ts';

/** How long a request may wait for its approval before somebody is told, in milliseconds. */
const approvalPatienceMs = 30_000;
/** One that is older was waiting before this process saw it, and was told by the one before; in milliseconds. */
const approvalNewsMs = 600_000;

/** What a look at a request and its issuer says to do: sign now, or the conclusion that needs no signer. */
export type Decision =
  | { readonly act: 'sign'; readonly issuer: IssuerView }
  | { readonly act: 'conclude'; readonly conclusion: Conclusion };

/**
 * Decides about one unfinished request, in the order of cert-manager's own issuers: denied, approved, issuer exists,
 * issuer current, issuer ready. A fault of the environment never fails the request: it waits and is woken.
 * @param now milliseconds since the epoch.
 * @param exists whether there is such an issuer; asked for advice only.
 */
export function decide(
  request: RequestView,
  issuer: IssuerView | undefined,
  now: number,
  exists: (key: IssuerKey) => boolean,
): Decision {
  if (request.approval === 'denied') {
    const message = 'The request was denied by an approver; it will never be signed.';
    return conclude({
      status: { change: 'denied', message },
      notices: [{ type: 'Warning', reason: 'Denied', note: message }],
    });
  }
  if (request.approval === 'undecided') return conclude(awaitApproval(request, now));
  if ('unknownKind' in request.issuer) return conclude(unknownIssuer(request, request.issuer.unknownKind));
  if (issuer === undefined) return waitFor('IssuerNotFound', notFound(request, request.issuer, exists));
  const { ready } = issuer;
  // Its check is under way, and what comes of it wakes the request: until then nothing can be said that stays true.
  if (ready === undefined || ready.status === 'Unknown' || ready.observedGeneration !== issuer.generation) return conclude({});
  if (ready.status !== 'True')
    return waitFor('IssuerNotReady', `${issuerWords(issuer.key)}${notReady}${ready.message}`, issuerCode(issuer));
  return { act: 'sign', issuer };
}

function conclude(conclusion: Conclusion): Decision {
  return { act: 'conclude', conclusion };
}

const notReady = ' is not ready: ';

/** The issuer's code that a Pending message of {@link decide} quotes; '' where it quotes none. */
export function causeIn(message: string): string {
  return new RegExp(`^[^:]*: [^:]*${notReady}([A-Za-z]{1,64}):`).exec(message)?.[1] ?? '';
}

/** Waiting for an issuer needs no clock: the issuer's own change wakes the request. */
function waitFor(code: string, message: string, cause?: string): Decision {
  return conclude({
    status: { change: 'pending', code, message, ...(cause === undefined ? {} : { cause }) },
    notices: [{ type: 'Warning', reason: code, note: message }],
  });
}

function notFound(request: RequestView, wanted: IssuerKey, exists: (key: IssuerKey) => boolean): string {
  const absent = `${issuerWords(wanted)} does not exist`;
  const { correction, meaning } = wordsOf(request.kind);
  const other = otherKindOf(request);
  if (other !== undefined && exists(other)) {
    return (
      `${absent}, but there is an ${other.kind} of that name: where that is meant, ${meaning(other)}, which makes a new ` +
      'request. This one is signed as soon as its issuer is created.'
    );
  }
  return `${absent}. The request is signed as soon as the issuer is created; where the name is a mistake, ${correction}.`;
}

function unknownIssuer({ kind }: RequestView, named: string): Conclusion {
  const { message, forGood } = wordsOf(kind).unknownIssuer(named);
  if (forGood) return failed('IssuerNotFound', message);
  return {
    status: { change: 'pending', code: 'IssuerNotFound', message },
    notices: [{ type: 'Warning', reason: 'IssuerNotFound', note: message }],
  };
}

function awaitApproval(request: RequestView, now: number): Conclusion {
  const waited = now - request.createdAt;
  if (waited < approvalPatienceMs) return { requeueAfterMs: approvalPatienceMs - waited };
  if (waited > approvalNewsMs) return {};
  const note = `Not approved for ${Math.round(approvalPatienceMs / 1000)} s. ${wordsOf(request.kind).approval(request)}`;
  return { notices: [{ type: 'Warning', reason: 'WaitingForApproval', note }] };
}
