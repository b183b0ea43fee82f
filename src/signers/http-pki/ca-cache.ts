import type { Clock } from '../../lib/clock.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { SignOutcome } from '../signer.ts';
import { outcomeOf, type Conversation } from './conversation.ts';
import type { Plan } from './plan.ts';
import { readCaCertificates } from './response/certificates.ts';
import { readRetryAfter } from '../network/retry-after.ts';
import { ended } from '../../lib/sentence.ts';
import { createSharedCall } from '../../lib/shared-call.ts';
import type { TemplateValues } from './template/values.ts';

type Fetched = Result<string | undefined, SignOutcome>;

/** The certificates at `caUrl`, kept for a minute: a thousand requests at once are not a thousand downloads of the root. */
export interface CaCache {
  /** Rejects only with the reason of the signal. */
  get(values: TemplateValues, talk: Conversation, signal: AbortSignal): Promise<Fetched>;
}

/** Who wants them, and how they are fetched. */
interface Wanted {
  readonly template: NonNullable<Plan['fetchCa']>;
  readonly values: TemplateValues;
  readonly talk: Conversation;
  readonly signal: AbortSignal;
}

const keptMs = 60_000;

/** Makes an empty cache; gives undefined where the issuer has no caUrl. */
export function createCaCache({ fetchCa }: Pick<Plan, 'fetchCa'>, clock: Pick<Clock, 'monotonic' | 'now'>): CaCache {
  let kept: { readonly pem: string; readonly until: number } | undefined;

  async function fetch({ template, values, talk }: Wanted): Promise<Fetched> {
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

  const keptOrFetched = createSharedCall(async (wanted: Wanted): Promise<Fetched> => {
    return kept !== undefined && clock.monotonic() < kept.until ? ok(kept.pem) : await fetch(wanted);
  });

  return {
    async get(values, talk, signal) {
      return fetchCa === undefined ? ok(undefined) : await keptOrFetched({ template: fetchCa, values, talk, signal });
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
