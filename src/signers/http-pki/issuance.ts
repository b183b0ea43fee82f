import { formatDuration } from '../../lib/duration.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { SignOutcome } from '../signer.ts';
import { createCaCache } from './ca-cache.ts';
import { outcomeOf, type Conversation } from './conversation.ts';
import type { Step } from './plan.ts';
import type { ReadAnswer, Verdict } from './response/contract.ts';
import type { SignerParts } from './signer.ts';
import { withValues } from './template/sign-values.ts';
import type { TemplateValues } from './template/values.ts';

export type AttemptOutcome = SignOutcome;

/** Signing as a plan describes it. */
export interface Issuance {
  /** @param plain values without a request, for what is fetched for all requests. */
  submit(values: TemplateValues, plain: TemplateValues, talk: Conversation): Promise<SignOutcome>;
  /** @param ageMs since the request was first tried. */
  poll(id: string, ageMs: number, values: TemplateValues, plain: TemplateValues, talk: Conversation): Promise<SignOutcome>;
}

/** An answer that cannot be read may be a fault that passes; each further attempt may be one more certificate. */
const mostUnreadable = 3;
/** What the core keeps of a request's id. */
const longestId = 512;

/** Makes the issuance of one issuer. */
export function createIssuance({ config, plan, clock }: Pick<SignerParts, 'config' | 'plan' | 'clock'>): Issuance {
  const caCache = createCaCache(plan, clock);

  async function submit(values: TemplateValues, plain: TemplateValues, talk: Conversation): Promise<SignOutcome> {
    let known = values;
    let last: ReadAnswer | undefined;
    for (const step of plan.steps) {
      const heard = await talk.ask(step, known);
      if (!heard.ok) return outcomeOf(heard.error);
      const { answer, verdict } = heard.value;
      if (verdict.verdict === 'pending') return pendingAt(answer, known, verdict.afterMs);
      if (verdict.verdict !== 'good') return refusal(verdict);
      const extracted = extract(step, answer);
      if (!extracted.ok) return unreadable(extracted.error);
      known = withValues(known, { steps: { ...known.steps, [step.name]: extracted.value } });
      last = answer;
    }
    if (last === undefined) throw new Error('a plan has at least one step');
    return await read(last, plain, talk);
  }

  async function poll(
    id: string,
    ageMs: number,
    values: TemplateValues,
    plain: TemplateValues,
    talk: Conversation,
  ): Promise<SignOutcome> {
    const { pending } = plan;
    if (pending === undefined) return notConfigured(id);
    const heard = await talk.ask(pending.poll, values);
    if (!heard.ok) return outcomeOf(heard.error);
    const { answer, verdict } = heard.value;
    if (verdict.verdict === 'pending') return ageMs > config.pollDeadline ? overdue(ageMs) : again(id, verdict.afterMs);
    if (verdict.verdict !== 'good') return refusal(verdict);
    if (pending.download === undefined) return await read(answer, plain, talk);
    const downloaded = await talk.ask(pending.download, values);
    if (!downloaded.ok) return outcomeOf(downloaded.error);
    const { answer: file, verdict: fetched } = downloaded.value;
    if (fetched.verdict === 'pending') return again(id, fetched.afterMs);
    return fetched.verdict === 'good' ? await read(file, plain, talk) : refusal(fetched);
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

  async function read(answer: ReadAnswer, plain: TemplateValues, talk: Conversation): Promise<SignOutcome> {
    const certificates = plan.readCertificates(answer);
    if (!certificates.ok) return unreadable(certificates.error.message);
    const { chainPem, caPem } = certificates.value;
    const { caBundle } = config.response;
    const fetched = caPem === undefined && caBundle === undefined ? await caCache.get(plain, talk) : ok(caPem);
    if (!fetched.ok) return fetched.error;
    return {
      outcome: 'issued',
      chainPem,
      ...(fetched.value === undefined ? {} : { caPem: fetched.value }),
      ...(caBundle === undefined ? {} : { caBundlePem: caBundle }),
    };
  }

  return { submit, poll };
}

/** A verdict that ends an attempt, as its outcome. */
export function refusal(verdict: Exclude<Verdict, { verdict: 'good' } | { verdict: 'pending' }>): SignOutcome {
  const { verdict: outcome, code, message } = verdict;
  if (outcome !== 'retry') return { outcome, code, message };
  return { outcome, code, message, ...(verdict.afterMs === undefined ? {} : { afterMs: verdict.afterMs }) };
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
  return { outcome: 'retry', code: 'CAResponseInvalid', message: `${sentence(message)}`, mostAttempts: mostUnreadable };
}

function sentence(text: string): string {
  const capital = /^[a-z]+[ .:]/.test(text) && !text.startsWith('pki.') ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function notConfigured(id: string): SignOutcome {
  return {
    outcome: 'issuer-broken',
    code: 'PendingNotConfigured',
    message: `The CA has the request ${id.slice(0, 64)} for later, and the issuer does not say any more how it is asked for it. Set pki.pending again.`,
  };
}
