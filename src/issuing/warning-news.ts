import type { Clock } from '../lib/clock.ts';
import type { Caveat } from '../signers/signer.ts';

/** Knows which warnings of issuers were told, so that one that stays for weeks is not an event at each check. */
export interface WarningNews {
  /** Those of an issuer's warnings, as its last check gave them, that are to be told now: new ones, and each once more after a day. */
  toTell(issuerUid: string, warnings: readonly Caveat[]): readonly Caveat[];
  forget(issuerUid: string): void;
}

/** Milliseconds after which a warning is told again. */
const againMs = 86_400_000;

/** Makes one that has told nothing. A warning that has gone and comes back is told again. */
export function createWarningNews({ monotonic }: Pick<Clock, 'monotonic'>): WarningNews {
  /** By issuer: when each warning was told. */
  const told = new Map<string, ReadonlyMap<string, number>>();
  return {
    toTell(issuerUid, warnings) {
      const now = monotonic();
      const before = told.get(issuerUid);
      const after = new Map<string, number>();
      const news = warnings.filter(({ code, message }) => {
        const words = `${code} ${message}`;
        const at = after.get(words) ?? before?.get(words);
        const isNews = at === undefined || now - at >= againMs;
        after.set(words, isNews ? now : at);
        return isNews;
      });
      if (after.size === 0) told.delete(issuerUid);
      else told.set(issuerUid, after);
      return news;
    },
    forget: (issuerUid) => void told.delete(issuerUid),
  };
}
