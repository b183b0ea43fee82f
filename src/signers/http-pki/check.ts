import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { ok } from '../../lib/result.ts';
import type { CallContext, CheckOutcome } from '../signer.ts';
import type { Bases } from './bases.ts';
import { converse, outcomeOf, type ConversationDeps, type Heard, type Unheard } from './conversation.ts';
import type { Exchange, Plan } from './plan.ts';
import { readRetryAfter } from '../network/retry-after.ts';
import type { Sight } from './sight.ts';
import type { TemplateValues } from './template/values.ts';

/** What a request that is not for a certificate needs. */
export interface PlainExchangeDeps {
  readonly plan: Plan;
  readonly bases: Bases;
  readonly plain: () => TemplateValues;
  readonly deps: ConversationDeps;
}

/** What a check needs besides. */
export interface CheckDeps extends PlainExchangeDeps {
  readonly timing: CheckTiming;
  readonly sight: Sight;
  /** Whether the issuer has a credential that can be left out. */
  readonly hasCredential: boolean;
}

/** What a check may take. */
export interface CheckTiming {
  readonly clock: Clock;
  /** All of it, in milliseconds. */
  readonly timeoutMs: number;
}

/** Asks baseUrl, and where that does not work backupUrl, which is then the one in use. */
export async function checkCa(parts: CheckDeps, context: CallContext): Promise<CheckOutcome> {
  let first: CheckOutcome | undefined;
  for (const base of parts.bases.all) {
    const outcome = await checkInTime(base, parts, context);
    if (outcome.outcome !== 'healthy') {
      first ??= outcome;
      continue;
    }
    parts.bases.use(base);
    if (first === undefined) return outcome;
    const warning = { code: 'BackupInUse', message: `baseUrl does not work, so backupUrl is used: ${first.message}` };
    return { ...outcome, message: `${outcome.message} ${warning.message}`, warnings: [warning] };
  }
  if (first === undefined) throw new Error('an issuer has at least one base URL');
  return first;
}

/** Each address has its share of the time: one that hangs must not keep the other from being asked. */
async function checkInTime(base: URL, parts: CheckDeps, context: CallContext): Promise<CheckOutcome> {
  const { clock, timeoutMs } = parts.timing;
  const shareMs = timeoutMs / parts.bases.all.length;
  if (shareMs === timeoutMs) return await checkAt(base, parts, context);
  let limit: AbortSignal | undefined;
  const work = async (signal: AbortSignal): Promise<CheckOutcome> => {
    limit = signal;
    return await checkAt(base, parts, { ...context, signal });
  };
  try {
    return await withDeadline(clock, shareMs, work, context.signal);
  } catch (cause) {
    if (context.signal.aborted || limit?.aborted !== true || cause !== limit.reason) throw cause;
    const message = `The CA at ${base.host} did not answer within ${shareMs / 1000} s, its share of network.timeout.`;
    return { outcome: 'retry', code: 'CATimeout', message, cause };
  }
}

async function checkAt(base: URL, parts: CheckDeps, context: CallContext): Promise<CheckOutcome> {
  const { plan, plain, deps, sight } = parts;
  const { check = rootCheck(plan), credentialNeedsRequest } = plan;
  const heard = await converse(base, deps, context, !credentialNeedsRequest).ask(check, plain());
  if (!heard.ok) return broken(heard.error);
  const { verdict, answer } = heard.value;
  if (verdict.verdict === 'good' || verdict.verdict === 'pending') {
    if (sight.seesCredential() === undefined) await look(base, check, parts, context);
    return healthy(base, answer.status, sight.seesCredential() ?? true, credentialNeedsRequest);
  }
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

/** Once: does the same check pass without the credential? What is not answered is looked at again at the next check. */
async function look(base: URL, check: Exchange, parts: CheckDeps, context: CallContext): Promise<void> {
  const { plan, plain, deps, sight, hasCredential } = parts;
  if (plan.credentialNeedsRequest || !hasCredential) {
    sight.found(!plan.credentialNeedsRequest);
    return;
  }
  const heard = await converse(base, deps, context, false).ask(check, plain());
  // A check whose templates hold the credential cannot be made without it, and so it sees it.
  if (heard.ok || heard.error.why === 'request') sight.found(!heard.ok || !isGood(heard.value));
}

function isGood({ verdict: { verdict } }: Heard): boolean {
  return verdict === 'good' || verdict === 'pending';
}

function healthy(base: URL, status: number, seesCredential: boolean, credentialNeedsRequest: boolean): CheckOutcome {
  const why = credentialNeedsRequest
    ? 'it is made for each request'
    : 'the check passes without it too; set pki.check to a request that needs it';
  const unseen = ` Whether the credential is right is not known: ${why}.`;
  return {
    outcome: 'healthy',
    message: `The CA at ${base.host} answers (status ${status}).${seesCredential ? '' : unseen}`,
  };
}

/** A check is the same for all requests, so that it cannot be made is the issuer's fault. */
function broken(unheard: Unheard): CheckOutcome {
  const outcome = outcomeOf(unheard);
  return outcome.outcome === 'failed' ? { ...outcome, outcome: 'issuer-broken' } : outcome;
}
