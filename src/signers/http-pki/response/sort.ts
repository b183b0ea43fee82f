import { STATUS_CODES } from 'node:http';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { WrittenRequest, WrittenRule } from '../schema/request.ts';
import type { WrittenResponse } from '../schema/response.ts';
import { createCondition } from './condition.ts';
import type { Condition, ReadAnswer, SortAnswer, Verdict } from './contract.ts';
import { readRetryAfter } from '../../network/retry-after.ts';
import { oneLine } from '../../../lib/one-line.ts';
import { createWords } from './words.ts';

export interface SorterOptions {
  /** The issuer's rules, `pki.rules`. */
  readonly rules: readonly WrittenRule[];
  /** The rules of the request itself, which are asked first. */
  readonly stepRules?: readonly WrittenRule[];
  readonly response: WrittenResponse;
  /** Whether `pki.pending` is set. */
  readonly pendingConfigured: boolean;
  /** The request, for messages: `pki.steps[0]`. */
  readonly field: string;
  /** How the request is written, for messages. Default: its method and path are not named. */
  readonly request?: Pick<WrittenRequest, 'method' | 'url' | 'body'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes out secrets that a CA may repeat in its words. Default: nothing is a secret. */
  readonly mask?: (text: string) => string;
}

interface Rule {
  readonly applies: Condition;
  readonly outcome: WrittenRule['outcome'];
  readonly field: string;
}

/** What a verdict is made of, besides the answer. */
interface Sorting {
  readonly options: SorterOptions;
  /** The CA's own words, as the end of a sentence. */
  readonly words: (answer: ReadAnswer) => string;
}

const longestPath = 100;
const throttled = 429;
const retried = [408, 425, throttled];
const rejected = [400, 413, 422];
const unauthorized = [401, 403];

/** Compiles how the answers to one request are sorted; the error names the field that is wrong. */
export function createSorter(options: SorterOptions): Result<SortAnswer, string> {
  const { stepRules = [], field } = options;
  const rules: Rule[] = [];
  const written = [...listed(stepRules, `${field}.rules`), ...listed(options.rules, 'pki.rules')];
  for (const { rule, place } of written) {
    const condition = createCondition(rule.when, `${place}.when`);
    if (!condition.ok) return condition;
    rules.push({ applies: condition.value, outcome: rule.outcome, field: place });
  }
  const waits = options.pendingConfigured ? -1 : stepRules.findIndex(({ outcome }) => outcome === 'pending');
  if (waits !== -1) {
    return err(
      `${field}.rules[${waits}].outcome is pending, but pki.pending is not set: describe in it how the CA is asked later`,
    );
  }
  const words = createWords(options.response, 'pki.response', options.mask);
  if (!words.ok) return words;
  const sorting = { options, words: words.value };
  return ok((answer) => {
    const rule = rules.find(({ applies }) => applies(answer));
    return rule === undefined ? byStatus(answer, sorting) : byRule(rule, answer, sorting);
  });
}

function listed(
  rules: readonly WrittenRule[],
  field: string,
): readonly { readonly rule: WrittenRule; readonly place: string }[] {
  return rules.map((rule, index) => ({ rule, place: `${field}[${index}]` }));
}

function byRule({ outcome, field }: Rule, answer: ReadAnswer, sorting: Sorting): Verdict {
  if (outcome === 'issued') return { verdict: 'good' };
  if (outcome === 'pending') return pending(answer, sorting);
  const message = `${answered(answer, sorting)}, which ${field} counts as ${outcome}${sorting.words(answer)}`;
  if (outcome === 'retry') return { verdict: 'retry', code: 'CAUnavailable', message, ...wait(answer, sorting) };
  if (outcome === 'failed') return { verdict: 'failed', code: 'CARejected', message };
  const isRefused = unauthorized.includes(answer.status);
  return broken(isRefused ? 'CAAuthRefused' : 'CARequestWrong', message, isRefused);
}

function byStatus(answer: ReadAnswer, sorting: Sorting): Verdict {
  const { status } = answer;
  if (status === 202) return pending(answer, sorting);
  if (status >= 200 && status < 300) return { verdict: 'good' };
  const message = `${answered(answer, sorting)}${sorting.words(answer)}`;
  if (retried.includes(status) || status >= 500) {
    const code = status === throttled ? 'CAThrottled' : 'CAUnavailable';
    return { verdict: 'retry', code, message, ...wait(answer, sorting) };
  }
  if (rejected.includes(status)) return { verdict: 'failed', code: 'CARejected', message };
  if (unauthorized.includes(status)) {
    return broken('CAAuthRefused', `${message}. Check the credential that pki.auth names, and its rights at the CA`, true);
  }
  return broken('CARequestWrong', `${message}. Check pki.baseUrl and ${sorting.options.field}`, false);
}

function pending(answer: ReadAnswer, sorting: Sorting): Verdict {
  if (sorting.options.pendingConfigured) return { verdict: 'pending', ...wait(answer, sorting) };
  const message = `${answered(answer, sorting)}: it decides later, but pki.pending is not set. Describe in it how the CA is asked for the certificate`;
  return broken('PendingNotConfigured', message, false);
}

function broken(code: string, message: string, isUnauthorized: boolean): Verdict {
  return { verdict: 'issuer-broken', code, message, unauthorized: isUnauthorized };
}

function answered({ status, url }: ReadAnswer, { options: { request, mask = String } }: Sorting): string {
  const phrase = STATUS_CODES[status];
  const answer = `The CA answered ${status}${phrase === undefined ? '' : ` ${phrase}`}`;
  if (request === undefined) return answer;
  const { method = request.body === undefined ? 'GET' : 'POST', url: written = '' } = request;
  // What the placeholders of a path stood for may be of one request, and the message of a broken issuer is shown to all.
  const path = written.includes('{') ? written : mask(url.pathname);
  return `${answer} to ${method} ${oneLine(path, longestPath)}`;
}

function wait({ headers }: ReadAnswer, { options }: Sorting): { readonly afterMs?: number } {
  const afterMs = readRetryAfter(headers, options.now());
  return afterMs === undefined ? {} : { afterMs };
}
