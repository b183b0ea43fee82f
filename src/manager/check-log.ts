import type { IssuerView } from '../issuing/request-view.ts';
import type { Reconcile } from '../kube/controller.ts';
import type { IssuerReports } from './issuer-reports.ts';

/** When an issuer was looked at and will be, milliseconds since the epoch, and how long its CA took to say that it is well. */
export interface CheckTimes {
  readonly checkedAt?: number;
  readonly checkMs?: number;
  readonly nextCheckAt?: number;
}

/** Remembers, for the status page, when issuers were checked. */
export interface CheckLog {
  timesOf(uid: string): CheckTimes;
  /** The same reports, which are remembered besides. */
  following(reports: IssuerReports): IssuerReports;
  /** The same reconcile, of which is remembered when it wants to come back. */
  planning(reconcile: Reconcile, find: (key: string) => IssuerView | undefined): Reconcile;
}

/** Makes an empty log. */
export function createCheckLog(now: () => number): CheckLog {
  const times = new Map<string, CheckTimes>();
  const note = (uid: string, news: CheckTimes): void => void times.set(uid, { ...times.get(uid), ...news });
  return {
    timesOf: (uid) => times.get(uid) ?? {},
    following: (reports) => ({
      ...reports,
      finding(issuer, ...rest) {
        note(issuer.uid, { checkedAt: now() });
        reports.finding(issuer, ...rest);
      },
      checked(issuer, ms) {
        note(issuer.uid, { checkMs: ms });
        reports.checked(issuer, ms);
      },
      gone(issuer) {
        times.delete(issuer.uid);
        reports.gone(issuer);
      },
    }),
    planning: (reconcile, find) => async (key, signal) => {
      const result = await reconcile(key, signal);
      const issuer = find(key);
      const { nextCheckAt: _before, ...known } = times.get(issuer?.uid ?? '') ?? {};
      const { requeueAfterMs } = result;
      if (issuer !== undefined && known.checkedAt !== undefined)
        times.set(issuer.uid, { ...known, ...(requeueAfterMs === undefined ? {} : { nextCheckAt: now() + requeueAfterMs }) });
      return result;
    },
  };
}
