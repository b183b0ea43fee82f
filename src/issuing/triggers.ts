import { issuerCode, issuerKeyText, type IssuerView, type RequestView } from './request-view.ts';

/** What of a change concerns whom; the keys are added to the queues by the caller. */
export interface Wake {
  readonly issuer: boolean;
  readonly requests: boolean;
}

/**
 * Must a request be looked at after this change of what is decided on? Our own Pending writes change only conditions of ours, and must not
 * wake the request they wrote.
 */
export function wakesRequest(before: RequestView | undefined, after: RequestView | undefined): boolean {
  if (after === undefined) return false;
  if (before === undefined || before.approval !== after.approval || before.csr !== after.csr) return true;
  return issuerOf(before) !== issuerOf(after);
}

/**
 * Who must be looked at after an issuer changed: the issuer when its spec did, its requests when what they wait for
 * did (existence, readiness and the code of its absence, the generation its status speaks of).
 */
export function wakesByIssuer(before: IssuerView | undefined, after: IssuerView | undefined): Wake {
  if (before === undefined || after === undefined) return { issuer: after !== undefined, requests: true };
  const readiness = (issuer: IssuerView): string =>
    `${issuer.ready?.status} ${issuerCode(issuer)} ${issuer.ready?.observedGeneration} ${issuer.generation}`;
  return { issuer: before.generation !== after.generation, requests: readiness(before) !== readiness(after) };
}

/** The issuer a request names, as a key of queues and stores; undefined where its kind is unknown. */
export function issuerOf(request: RequestView): string | undefined {
  return 'unknownKind' in request.issuer ? undefined : issuerKeyText(request.issuer);
}
