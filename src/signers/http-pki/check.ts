import type { CallContext, CheckOutcome } from '../signer.ts';
import type { Bases } from './bases.ts';
import { converse, outcomeOf, type ConversationDeps, type Unheard } from './conversation.ts';
import type { Plan } from './plan.ts';
import type { ReadAnswer } from './response/contract.ts';
import type { RequestTemplate } from './template/contract.ts';
import type { TemplateValues } from './template/values.ts';

/** What a request that is not for a certificate needs. */
export interface PlainExchangeDeps {
  readonly plan: Plan;
  readonly bases: Bases;
  readonly plain: () => TemplateValues;
  readonly deps: ConversationDeps;
}

/** Asks baseUrl, and where that does not work backupUrl, which is then the one in use. */
export async function checkCa(parts: PlainExchangeDeps, context: CallContext): Promise<CheckOutcome> {
  let first: CheckOutcome | undefined;
  for (const base of parts.bases.all) {
    const outcome = await checkAt(base, parts, context);
    if (outcome.outcome !== 'healthy') {
      first ??= outcome;
      continue;
    }
    parts.bases.use(base);
    if (first === undefined) return outcome;
    const warning = { code: 'BackupInUse', message: `baseUrl does not work, so backupUrl is used: ${first.message}` };
    return { ...outcome, message: `${outcome.message} ${warning.message}`, warning };
  }
  if (first === undefined) throw new Error('an issuer has at least one base URL');
  return first;
}

async function checkAt(base: URL, { plan, plain, deps }: PlainExchangeDeps, context: CallContext): Promise<CheckOutcome> {
  const talk = converse(base, deps, context, !plan.credentialNeedsRequest);
  if (plan.check === undefined) {
    const heard = await talk.fetch(root, plain());
    return heard.ok ? judge(heard.value, base) : broken(heard.error);
  }
  const heard = await talk.ask(plan.check, plain());
  if (!heard.ok) return broken(heard.error);
  const { verdict } = heard.value;
  if (verdict.verdict === 'good' || verdict.verdict === 'pending') return healthy(base, heard.value.answer.status);
  const { code, message } = verdict;
  if (verdict.verdict !== 'retry') return { outcome: 'issuer-broken', code, message };
  return { outcome: 'retry', code, message, ...(verdict.afterMs === undefined ? {} : { afterMs: verdict.afterMs }) };
}

/** The check of an issuer that configures none: a GET of the base URL itself. */
const root: RequestTemplate = {
  render: (_values, base) => ({ ok: true, value: { method: 'GET', url: base, headers: new Map() } }),
};

/** There may be nothing at the base URL, and a GET may not be served; but it must be the CA who says so, to us. */
function judge({ status }: ReadAnswer, base: URL): CheckOutcome {
  if (status >= 500) {
    return {
      outcome: 'retry',
      code: 'CAUnavailable',
      message: `The CA at ${base.host} answered ${status} to a GET of baseUrl.`,
    };
  }
  if (status !== 401 && status !== 403) return healthy(base, status);
  return {
    outcome: 'issuer-broken',
    code: 'CAAuthRefused',
    message:
      `The CA at ${base.host} answered ${status} to a GET of baseUrl with the credentials of this issuer. Correct the Secret, or set ` +
      'pki.check to a request that these credentials may make.',
  };
}

function healthy(base: URL, status: number): CheckOutcome {
  return { outcome: 'healthy', message: `The CA at ${base.host} answers (status ${status}).` };
}

/** A check is the same for all requests, so that it cannot be made is the issuer's fault. */
function broken(unheard: Unheard): CheckOutcome {
  const outcome = outcomeOf(unheard);
  return outcome.outcome === 'failed' ? { ...outcome, outcome: 'issuer-broken' } : outcome;
}
