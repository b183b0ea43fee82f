import type { Clock } from '../../lib/clock.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { SignOutcome } from '../signer.ts';
import { outcomeOf, type Conversation } from './conversation.ts';
import type { Plan } from './plan.ts';
import { readCaCertificates } from './response/certificates.ts';
import type { TemplateValues } from './template/values.ts';

/** The certificates at `caUrl`, kept for a minute: a thousand requests at once are not a thousand downloads of the root. */
export interface CaCache {
  get(values: TemplateValues, talk: Conversation): Promise<Result<string | undefined, SignOutcome>>;
}

const keptMs = 60_000;

/** Makes an empty cache; gives undefined where the issuer has no caUrl. */
export function createCaCache({ fetchCa }: Pick<Plan, 'fetchCa'>, clock: Pick<Clock, 'monotonic'>): CaCache {
  let kept: { readonly pem: string; readonly until: number } | undefined;
  return {
    async get(values, talk) {
      if (fetchCa === undefined) return ok(undefined);
      if (kept !== undefined && clock.monotonic() < kept.until) return ok(kept.pem);
      const fetched = await talk.fetch(fetchCa, values);
      if (!fetched.ok) return err(notFetched(outcomeOf(fetched.error)));
      const { status, body } = fetched.value;
      if (status !== 200) return err(refused(`pki.response.caUrl: the CA answered ${status} where its certificates should be`));
      const pem = readCaCertificates(body, 'pki.response.caUrl');
      if (!pem.ok) return err(refused(pem.error.message));
      kept = { pem: pem.value, until: clock.monotonic() + keptMs };
      return ok(kept.pem);
    },
  };
}

/** A root that cannot be fetched is never the request's fault. */
function notFetched(outcome: SignOutcome): SignOutcome {
  return outcome.outcome === 'failed' ? { ...outcome, outcome: 'issuer-broken' } : outcome;
}

function refused(message: string): SignOutcome {
  return { outcome: 'retry', code: 'CAResponseInvalid', message: `${message}.` };
}
