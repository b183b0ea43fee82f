import { aborted } from '../../lib/aborted.ts';
import type { Clock } from '../../lib/clock.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { SignOutcome } from '../signer.ts';
import { outcomeOf, type Conversation } from './conversation.ts';
import type { Plan } from './plan.ts';
import { readCaCertificates } from './response/certificates.ts';
import { readRetryAfter } from '../network/retry-after.ts';
import { ended } from '../../lib/sentence.ts';
import type { TemplateValues } from './template/values.ts';

type Fetched = Result<string | undefined, SignOutcome>;

/** The certificates at `caUrl`, kept for a minute: a thousand requests at once are not a thousand downloads of the root. */
export interface CaCache {
  /** Rejects only with the reason of the signal. */
  get(values: TemplateValues, talk: Conversation, signal: AbortSignal): Promise<Fetched>;
}

const keptMs = 60_000;

/** Makes an empty cache; gives undefined where the issuer has no caUrl. */
export function createCaCache({ fetchCa }: Pick<Plan, 'fetchCa'>, clock: Pick<Clock, 'monotonic' | 'now'>): CaCache {
  let kept: { readonly pem: string; readonly until: number } | undefined;
  /** What is under way gives to all who wait for it; undefined where who began it has gone. */
  let download: Promise<Fetched | undefined> | undefined;

  async function fetch(template: NonNullable<Plan['fetchCa']>, values: TemplateValues, talk: Conversation): Promise<Fetched> {
    const fetched = await talk.fetch(template, values);
    if (!fetched.ok) return err(notFetched(outcomeOf(fetched.error)));
    const { status, body, headers } = fetched.value;
    if (status !== 200) {
      const afterMs = readRetryAfter(headers, clock.now());
      return refused(`pki.response.caUrl: the CA answered ${status} where its certificates should be`, afterMs);
    }
    const pem = readCaCertificates(body, 'pki.response.caUrl');
    if (!pem.ok) return refused(pem.error.message);
    kept = { pem: pem.value, until: clock.monotonic() + keptMs };
    return ok(kept.pem);
  }

  return {
    async get(values, talk, signal) {
      if (fetchCa === undefined) return ok(undefined);
      while (download !== undefined) {
        const shared = await Promise.race([download, aborted(signal)]);
        signal.throwIfAborted();
        if (shared !== undefined) return shared;
      }
      if (kept !== undefined && clock.monotonic() < kept.until) return ok(kept.pem);
      const { promise, resolve } = Promise.withResolvers<Fetched | undefined>();
      download = promise;
      let fetched: Fetched | undefined;
      try {
        fetched = await fetch(fetchCa, values, talk);
        return fetched;
      } finally {
        download = undefined;
        resolve(fetched);
      }
    },
  };
}

/** A root that cannot be fetched is never the request's fault. */
function notFetched(outcome: SignOutcome): SignOutcome {
  return outcome.outcome === 'failed' ? { ...outcome, outcome: 'issuer-broken' } : outcome;
}

function refused(message: string, afterMs?: number): Fetched {
  const after = afterMs === undefined ? {} : { afterMs };
  return err({ outcome: 'retry', code: 'CAResponseInvalid', message: ended(message), ...after });
}
