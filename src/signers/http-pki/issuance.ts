import { formatDuration } from '../../lib/duration.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { CallContext, SignOutcome } from '../signer.ts';
import { createCaCache } from './ca-cache.ts';
import { mostUnreadable, outcomeOf, type Conversation } from './conversation.ts';
import { describeCertificates } from './describe-certificates.ts';
import type { Step } from './plan.ts';
import type { ReadAnswer, Verdict } from './response/contract.ts';
import { sentence } from '../../lib/sentence.ts';
import type { Sight } from './sight.ts';
import type { SignerParts } from './signer.ts';
import { withValues } from './template/sign-values.ts';
import type { TemplateValues } from './template/values.ts';

export type AttemptOutcome = SignOutcome;

/** One attempt at one request. */
export interface Attempt {
  readonly values: TemplateValues;
  /** Values without a request, for what is fetched for all requests. */
  readonly plain: () => TemplateValues;
  readonly talk: Conversation;
  readonly context: CallContext;
}

/** A request that the CA decides on later. */
export interface Waiting {
  /** The CA's own. */
  readonly id: string;
  /** Since the request was first tried. */
  readonly ageMs: number;
}

/** Signing as a plan describes it. */
export interface Issuance {
  submit(attempt: Attempt): Promise<SignOutcome>;
  poll(waiting: Waiting, attempt: Attempt): Promise<SignOutcome>;
}

/** What the core keeps of a request's id. */
const longestId = 512;

/** What an issuance is made of. */
export type IssuanceParts = Pick<SignerParts, 'config' | 'plan' | 'clock'> & { readonly sight: Pick<Sight, 'seesCredential'> };

/** Makes the issuance of one issuer. */
export function createIssuance({ config, plan, clock, sight }: IssuanceParts): Issuance {
  const caCache = createCaCache(plan, clock);
  const { caUrl, caField } = config.response;
  const isCaFetched = caUrl !== undefined && caField === undefined;

  async function fetchCa({ plain, talk, context }: Attempt): Promise<Result<string | undefined, SignOutcome>> {
    return await caCache.get(plain(), talk, context.signal);
  }

  async function submit(attempt: Attempt): Promise<SignOutcome> {
    // Before anything is signed: where the CA certificates cannot be had, each attempt would be one more certificate.
    const ca = isCaFetched ? await fetchCa(attempt) : ok(undefined);
    if (!ca.ok) return ca.error;
    let known = attempt.values;
    let last: ReadAnswer | undefined;
    for (const step of plan.steps) {
      const heard = await attempt.talk.ask(step, known);
      if (!heard.ok) return outcomeOf(heard.error);
      const { answer, verdict } = heard.value;
      if (verdict.verdict === 'pending') return pendingAt(answer, known, verdict.afterMs);
      if (verdict.verdict !== 'good') return refusal(verdict, answer);
      const extracted = extract(step, answer);
      if (!extracted.ok) return unreadable(extracted.error);
      known = withValues(known, { steps: { ...known.steps, [step.name]: extracted.value } });
      last = answer;
    }
    if (last === undefined) throw new Error('a plan has at least one step');
    return await read(last, attempt, { ca: ca.value, isOrdered: false });
  }

  async function poll(waiting: Waiting, attempt: Attempt): Promise<SignOutcome> {
    const outcome = await pollOnce(waiting, attempt);
    const isWaiting = outcome.outcome === 'pending' || outcome.outcome === 'retry';
    return isWaiting && waiting.ageMs > config.pollDeadline ? overdue(waiting.ageMs) : outcome;
  }

  async function pollOnce({ id }: Waiting, attempt: Attempt): Promise<SignOutcome> {
    const { pending } = plan;
    if (pending === undefined) return notConfigured(id);
    const { values, talk } = attempt;
    const heard = await talk.ask(pending.poll, values);
    if (!heard.ok) return outcomeOf(heard.error);
    const asked =
      pending.download !== undefined && heard.value.verdict.verdict === 'good'
        ? await talk.ask(pending.download, values)
        : heard;
    if (!asked.ok) return outcomeOf(asked.error);
    const { answer, verdict } = asked.value;
    if (verdict.verdict === 'pending') return again(id, verdict.afterMs);
    return verdict.verdict === 'good'
      ? await read(answer, attempt, { ca: undefined, isOrdered: true })
      : refusal(verdict, answer);
  }

  function again(id: string, afterMs = 0): SignOutcome {
    return { outcome: 'pending', id, afterMs: Math.max(config.pollInterval, afterMs) };
  }

  function pendingAt(answer: ReadAnswer, values: TemplateValues, afterMs: number | undefined): SignOutcome {
    const found = plan.pending?.id(answer, values);
    const id = typeof found === 'number' ? String(found) : found;
    if (typeof id === 'string' && id !== '' && id.length <= longestId) return again(id, afterMs);
    return unreadable(
      `the CA took the request for later, and pki.pending.id "${plan.pending?.idField}" finds ${id === undefined || id === '' ? 'nothing' : 'no text of at most 512 characters'} in its answer`,
    );
  }

  function overdue(ageMs: number): SignOutcome {
    return {
      outcome: 'failed',
      code: 'CADecisionOverdue',
      message: `The CA has not decided after ${formatDuration(ageMs)} (pki.pollDeadline is ${formatDuration(config.pollDeadline)}). Ask the people of the CA, and then for a new certificate.`,
    };
  }

  /** @param known `ca`: what is fetched already; `isOrdered`: the CA has the request, so another attempt is no other certificate. */
  async function read(
    answer: ReadAnswer,
    attempt: Attempt,
    known: { readonly ca: string | undefined; readonly isOrdered: boolean },
  ): Promise<SignOutcome> {
    const certificates = plan.readCertificates(answer);
    if (!certificates.ok) return unreadable(certificates.error.message);
    const { chainPem } = certificates.value;
    const { caBundle } = config.response;
    let caPem = certificates.value.caPem ?? known.ca;
    if (caPem === undefined && caBundle === undefined) {
      const ca = await fetchCa(attempt);
      if (!ca.ok)
        return ca.error.outcome === 'retry' && !known.isOrdered ? { mostAttempts: mostUnreadable, ...ca.error } : ca.error;
      caPem = ca.value;
    }
    attempt.context.trace?.({ part: 'read', text: describeCertificates({ chainPem, caPem, caBundle }) });
    return {
      outcome: 'issued',
      chainPem,
      ...(caPem === undefined ? {} : { caPem }),
      ...(caBundle === undefined ? {} : { caBundlePem: caBundle }),
    };
  }

  /** A verdict that ends an attempt, as its outcome. */
  function refusal(
    verdict: Exclude<Verdict, { verdict: 'good' } | { verdict: 'pending' }>,
    { status }: ReadAnswer,
  ): SignOutcome {
    const { verdict: outcome, code, message } = verdict;
    if (outcome === 'retry')
      return { outcome, code, message, ...(verdict.afterMs === undefined ? {} : { afterMs: verdict.afterMs }) };
    if (outcome === 'failed') return { outcome, code, message };
    // What the check cannot see, it cannot clear: a wrong key would fail every request for good.
    const isSuspected = status === 403 || sight.seesCredential() === true;
    return { outcome, code, message, requestSuspected: verdict.unauthorized && isSuspected };
  }

  return { submit, poll };
}

function extract({ extract: wanted }: Step, answer: ReadAnswer): Result<Readonly<Record<string, unknown>>, string> {
  const values: Record<string, unknown> = {};
  for (const { name, field, select } of wanted) {
    const value = select(answer);
    if (value === undefined || value === null) return err(`${field}: the answer of the CA has nothing there`);
    values[name] = value;
  }
  return ok(values);
}

function unreadable(message: string): SignOutcome {
  return { outcome: 'retry', code: 'CAResponseInvalid', message: sentence(message), mostAttempts: mostUnreadable };
}

function notConfigured(id: string): SignOutcome {
  return {
    outcome: 'issuer-broken',
    code: 'PendingNotConfigured',
    message: `The CA has the request ${id.slice(0, 64)} for later, and the issuer does not say any more how it is asked for it. Set pki.pending again.`,
  };
}
