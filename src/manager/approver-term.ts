import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { group } from '../api/group.ts';
import { viewIssuerRules, type IssuerRules } from '../issuing/approval/issuer-rules.ts';
import { createReferenceGuard } from '../issuing/reference-guard.ts';
import { certificateRequestKind } from '../issuing/request-kinds/certificate-request.ts';
import { signingRequestKind } from '../issuing/request-kinds/signing-request.ts';
import { issuerKeyText, type RequestKindName } from '../issuing/request-view.ts';
import type { Ending } from '../kube/controller.ts';
import type { Clock } from '../lib/clock.ts';
import type { ApproverMetrics } from '../server/approver-metrics.ts';
import { createApprovalSide, type ApprovalSide } from './approval-side.ts';
import type { Leadership } from './elected.ts';
import { createIssuerStores, type IssuerStores } from './issuer-stores.ts';

/** What one term of the approver works with. */
export interface ApproverTermDeps extends Pick<Leadership<ApproverMetrics>, 'client' | 'recorder' | 'fence' | 'metrics'> {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Requests of a kind that are worked on at once. */
  readonly workers: number;
  /** The kinds of requests that are decided about. */
  readonly requestKinds: readonly RequestKindName[];
}

/** Decides as the leader until told to stop. `onStarted` gets the sides, `onSynced` is called when all is known. */
export async function serveApproverTerm(
  deps: ApproverTermDeps,
  hooks: { readonly onStarted: (sides: readonly ApprovalSide[]) => void; readonly onSynced: () => void },
  ending: Ending,
): Promise<void> {
  const { client, clock, random, log, metrics } = deps;
  const onTrouble = (resource: string): void => metrics.watchRestarts.inc({ resource });
  const issuers = createIssuerStores(viewIssuerRules, onIssuer, { client, clock, random, log, onTrouble });
  const sides = createApprovalSides(deps, issuers);

  /** The status of an issuer changes often, and nothing is decided by it. */
  function onIssuer(before: IssuerRules | undefined, after: IssuerRules | undefined): void {
    if (after === undefined || isDeepStrictEqual(before?.policy, after.policy)) return;
    for (const side of sides) side.wakeFor(issuerKeyText(after.key));
  }

  hooks.onStarted(sides);
  void Promise.all([issuers, ...sides].map(async ({ synced }) => await synced)).then(hooks.onSynced);
  await Promise.all([issuers.run(ending.stop), ...sides.map(async ({ run }) => await run(ending))]);
}

function createApprovalSides(deps: ApproverTermDeps, issuers: IssuerStores<IssuerRules>): readonly ApprovalSide[] {
  const { client, clock } = deps;
  const sides: Readonly<Record<RequestKindName, () => ApprovalSide>> = {
    CertificateRequest: () => {
      const fieldSelector = `spec.issuerRef.group=${group}`;
      return createApprovalSide({ kind: certificateRequestKind, subresource: 'status', fieldSelector }, deps, issuers);
    },
    CertificateSigningRequest: () => {
      const guard = createReferenceGuard(client, clock.now);
      return createApprovalSide({ kind: signingRequestKind, subresource: 'approval', guard }, deps, issuers);
    },
  };
  return deps.requestKinds.map((kind) => sides[kind]());
}
