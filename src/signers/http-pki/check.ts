import { ok } from '../../lib/result.ts';
import type { CallContext, CheckOutcome } from '../signer.ts';
import type { Bases } from './bases.ts';
import { converse, outcomeOf, type ConversationDeps, type Unheard } from './conversation.ts';
import type { Exchange, Plan } from './plan.ts';
import { readRetryAfter } from './response/retry-after.ts';
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
  const { check = rootCheck(plan), credentialNeedsRequest } = plan;
  const heard = await converse(base, deps, context, !credentialNeedsRequest).ask(check, plain());
  if (!heard.ok) return broken(heard.error);
  const { verdict, answer } = heard.value;
  if (verdict.verdict === 'good' || verdict.verdict === 'pending') return healthy(base, answer.status);
  const { code, message } = verdict;
  if (verdict.verdict !== 'retry') return { outcome: 'issuer-broken', code, message };
  return { outcome: 'retry', code, message, ...(verdict.afterMs === undefined ? {} : { afterMs: verdict.afterMs }) };
}

/**
 * The check of an issuer that configures none: a GET of the base URL itself. There may be nothing there, and a GET may not be
 * served; but it must be the CA who says so, to us. Where a credential is made for one request only, none is sent, and so a
 * refusal says nothing of it.
 */
function rootCheck({ credentialNeedsRequest, now }: Plan): Exchange {
  return {
    field: 'pki.baseUrl',
    request: { render: (_values, base) => ok({ method: 'GET', url: base, headers: new Map() }) },
    sort: ({ status, url, headers }) => {
      const answered = `The CA at ${url.host} answered ${status} to a GET of baseUrl`;
      if (status >= 500) {
        const afterMs = readRetryAfter(headers, now());
        const after = afterMs === undefined ? {} : { afterMs };
        return { verdict: 'retry', code: 'CAUnavailable', message: `${answered}.`, ...after };
      }
      if (credentialNeedsRequest || (status !== 401 && status !== 403)) return { verdict: 'good' };
      const message =
        `${answered} with the credentials of this issuer. Correct the Secret, or set pki.check to a request that these ` +
        'credentials may make.';
      return { verdict: 'issuer-broken', code: 'CAAuthRefused', message, unauthorized: true };
    },
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
