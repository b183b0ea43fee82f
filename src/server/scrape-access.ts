import { hash } from 'node:crypto';
import { pathAccessReviews, tokenReviews } from '../api/access-reviews.ts';
import { KubeApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../lib/clock.ts';
import {
  bearerToken,
  busy,
  noToken,
  readerOf,
  refusalOf,
  reviewOf,
  unanswered,
  unknownToken,
  type Refusal,
} from './scrape-decision.ts';

/** Says whether who sends that Authorization header may scrape: undefined lets them. */
export type ScrapeAccess = (authorization: string | undefined) => Promise<Refusal | undefined>;

/** What asking the API server about tokens takes. */
export interface ScrapeAccessDeps {
  readonly client: Pick<KubeClient, 'create'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The API server could not be asked: why, for the log; told once in a while. */
  readonly onTrouble: (error: KubeApiError) => void;
}

/** How long an answer is believed, in milliseconds: a right that is given counts at once, one that is taken a little later. */
const allowedMs = 60_000;
const refusedMs = 5000;
/** Tokens that were let in, and tokens that were refused, of which the answer is kept; each scraper has one. */
const mostKept = 64;
/** Tokens that are asked about at once, and in a second: whoever sends made-up ones must not keep the API server busy. */
const mostAsking = 8;
const mostPerSecond = 20;
/** Trouble is told no more often than that, in milliseconds: whoever sends tokens must not fill the log. */
const tellMs = 30_000;

/**
 * Makes the check that kube-rbac-proxy makes: whose the bearer token is (TokenReview), and whether they have the verb `get` on the path
 * `/metrics` (SubjectAccessReview). Where the API server cannot be asked nobody gets anything. Tokens are kept as hashes only.
 */
export function createScrapeAccess({ client, clock, onTrouble }: ScrapeAccessDeps): ScrapeAccess {
  const allowed = new Map<string, number>();
  const refused = new Map<string, { readonly refusal: Refusal; readonly until: number }>();
  const asking = new Map<string, Promise<Refusal | undefined>>();
  let toldAt = -Infinity;
  let second = { began: -Infinity, asked: 0 };

  function mayAsk(): boolean {
    const now = clock.monotonic();
    if (now - second.began >= 1000) second = { began: now, asked: 0 };
    if (asking.size >= mostAsking || second.asked >= mostPerSecond) return false;
    second.asked++;
    return true;
  }

  async function ask(token: string): Promise<Refusal | undefined> {
    try {
      const reader = readerOf(await client.create(tokenReviews, { metadata: { name: '' }, spec: { token } }));
      if (reader === undefined) return unknownToken;
      return refusalOf(await client.create(pathAccessReviews, reviewOf(reader)), reader);
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      if (clock.monotonic() - toldAt >= tellMs) {
        toldAt = clock.monotonic();
        onTrouble(error);
      }
      return unanswered;
    }
  }

  function note(key: string, refusal: Refusal | undefined): void {
    const now = clock.monotonic();
    if (refusal?.status === 503) return;
    refused.delete(key);
    allowed.delete(key);
    if (refusal === undefined) keep(allowed, key, now + allowedMs);
    else keep(refused, key, { refusal, until: now + refusedMs });
  }

  return async (authorization) => {
    const token = bearerToken(authorization);
    if (token === undefined) return noToken;
    const key = hash('sha256', token);
    const now = clock.monotonic();
    if ((allowed.get(key) ?? now) > now) return undefined;
    const known = refused.get(key);
    if (known !== undefined && known.until > now) return known.refusal;
    const shared = asking.get(key);
    if (shared !== undefined) return await shared;
    // Who was let in before is not kept out by the made-up tokens of others.
    if (!allowed.has(key) && !mayAsk()) return busy;
    const asked = ask(token).finally(() => asking.delete(key));
    asking.set(key, asked);
    const refusal = await asked;
    note(key, refusal);
    return refusal;
  };
}

/** Adds an entry, and lets the oldest go where there are too many. */
function keep<V>(entries: Map<string, V>, key: string, value: V): void {
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > mostKept && oldest !== undefined) entries.delete(oldest);
}
