import { issuerCode, issuerKeyText, type IssuerView, type RequestView } from '../issuing/request-view.ts';
import type { SignerPool } from '../issuing/signer-pool.ts';
import type { LeaseSpec } from '../kube/lease.ts';
import type { Clock } from '../lib/clock.ts';
import { oneLine } from '../lib/one-line.ts';
import { aboutOf, type Activity } from '../server/status-page/activity.ts';
import type { IssuerRow, ReplicaView, RequestRow, WorkView } from '../server/status-page/view.ts';
import type { IssuerSide } from './issuer-side.ts';
import type { RequestSide } from './request-side.ts';

/** Whether this replica leads, and who does else. */
export interface Election {
  readonly leads: boolean;
  readonly leadingSince: number | undefined;
  readonly synced: boolean;
  readonly holder: { readonly spec: LeaseSpec; readonly seenMsAgo: number } | undefined;
}

/** What the status page says of this process. */
export function replicaView(
  about: Pick<ReplicaView, 'identity' | 'namespace' | 'version' | 'nodeVersion' | 'startedAt' | 'port' | 'lease'>,
  { leads, leadingSince, synced, holder }: Election,
): ReplicaView {
  const leader = about.lease === undefined || leads ? undefined : holder;
  const { holderIdentity: identity = '', acquireTime: acquiredAt = '' } = leader?.spec ?? {};
  return {
    ...about,
    role: about.lease === undefined ? 'alone' : leads ? 'leader' : 'standby',
    synced,
    ...(leads && leadingSince !== undefined ? { leadingSince } : {}),
    ...(leader === undefined ? {} : { leader: { identity, acquiredAt, seenMsAgo: leader.seenMsAgo } }),
  };
}

/** What a term of leadership is made of, as far as it is shown. */
export interface ShownTerm {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly pool: Pick<SignerPool, 'circuitOf' | 'loadOf'>;
  readonly issuers: Pick<IssuerSide, 'values' | 'checkTimesOf'>;
  readonly requests: readonly Pick<RequestSide, 'values' | 'stateOf'>[];
  readonly activity: Activity;
}

/** Unfinished requests that are shown. */
const mostUnfinished = 100;
/** Characters of a message. */
const longestMessage = 2000;

/** What the status page says of the work. */
export function workView(term: ShownTerm): Pick<WorkView, 'issuers' | 'unfinished' | 'recent'> {
  return {
    issuers: [...term.issuers.values()].map((issuer) => issuerRow(issuer, term)),
    unfinished: unfinishedRows(term),
    recent: term.activity.ended(),
  };
}

function issuerRow(issuer: IssuerView, { clock, pool, issuers }: ShownTerm): IssuerRow {
  const { key, uid, ready, ca } = issuer;
  const open = pool.circuitOf(uid).open();
  return {
    key: issuerKeyText(key),
    ...key,
    signerType: signerTypeOf(issuer.spec),
    ready: ready?.status === 'True' || ready?.status === 'False' ? ready.status : 'Unknown',
    code: issuerCode(issuer),
    message: oneLine(ready?.message ?? '', longestMessage),
    readySince: ready?.since ?? '',
    ...issuers.checkTimesOf(uid),
    ...(open === undefined
      ? {}
      : { stopped: { code: open.problem.code, until: clock.now() + Math.max(0, open.until - clock.monotonic()) } }),
    inFlight: pool.loadOf(uid).inFlight,
    ...(ca === undefined ? {} : { ca: { ...ca.ca, notAfter: Date.parse(ca.ca.notAfter) } }),
  };
}

function signerTypeOf(spec: unknown): string {
  const type: unknown = typeof spec === 'object' && spec !== null && 'signerType' in spec ? spec.signerType : undefined;
  return typeof type === 'string' ? oneLine(type, 64) : '';
}

/** The oldest that are not finished. However many there are, few are held at a time. */
function unfinishedRows({ requests, activity }: ShownTerm): readonly RequestRow[] {
  let oldest: { readonly request: RequestView; readonly side: ShownTerm['requests'][number] }[] = [];
  const keepOldest = (): void => {
    oldest = oldest.toSorted((one, other) => one.request.createdAt - other.request.createdAt).slice(0, mostUnfinished);
  };
  for (const side of requests) {
    for (const request of side.values()) {
      oldest.push({ request, side });
      if (oldest.length >= 10 * mostUnfinished) keepOldest();
    }
  }
  keepOldest();
  return oldest.map(({ request, side }) => {
    const { steps, omitted } = activity.stepsOf(request.uid);
    const said = request.ready?.message ?? steps.findLast(({ what }) => what !== 'asked')?.text ?? '';
    return { ...aboutOf(request), state: side.stateOf(request), message: oneLine(said, longestMessage), steps, omitted };
  });
}
