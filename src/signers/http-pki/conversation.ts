import { err, ok, type Result } from '../../lib/result.ts';
import type { CallContext, Failed, IssuerBroken, Retry } from '../signer.ts';
import type { Authenticator, AuthFailure, Credentials } from './auth/contract.ts';
import { describeAnswer, describeRequest, describeTokenAnswer } from './config/describe.ts';
import { isMisconfigured, type HttpAnswer, type HttpClient, type HttpFailure, type HttpRequest } from '../network/exchange.ts';
import type { PkiProblem } from './problem.ts';
import type { Exchange, Plan } from './plan.ts';
import type { ReadAnswer, Verdict } from './response/contract.ts';
import { readAnswer } from './response/read-answer.ts';
import { ended } from '../../lib/sentence.ts';
import type { TemplateValues } from './template/values.ts';

/** What conversations of one issuer share. */
export interface ConversationDeps {
  readonly client: HttpClient;
  readonly auth: Authenticator;
  readonly plan: Pick<Plan, 'credentialNeedsRequest' | 'login'>;
  /** Takes the secrets out of a text for people. */
  readonly mask: (text: string) => string;
}

/** An answer and how it counts. */
export interface Heard {
  readonly answer: ReadAnswer;
  readonly verdict: Verdict;
}

/** Why there is no answer: the request cannot be made, there is no credential, or the network failed. */
export type Unheard =
  | { readonly why: 'request'; readonly problem: PkiProblem }
  | { readonly why: 'credential'; readonly outcome: AuthFailure }
  | { readonly why: 'network'; readonly failure: HttpFailure };

/** An answer that cannot be used may be a fault that passes; each further attempt may be one more certificate. */
export const mostUnreadable = 3;

/** One attempt's requests to one server of the CA, with one credential. */
export interface Conversation {
  /** Sends a request; after a 401 it is sent once more where there can be a new credential. */
  ask(exchange: Exchange, values: TemplateValues): Promise<Result<Heard, Unheard>>;
  /** Sends a request that is not for one certificate, and so without a credential that is; the caller looks at the answer. */
  fetch(request: Exchange['request'], values: TemplateValues): Promise<Result<ReadAnswer, Unheard>>;
  /** Whether a part of a request may have reached the CA. */
  hasSent(): boolean;
}

/**
 * Begins a conversation with the server at `base`.
 * @param withCredential false where the credential can only be made for a request, and nothing is signed.
 */
export function converse(
  base: URL,
  deps: ConversationDeps,
  { signal, trace }: CallContext,
  withCredential = true,
): Conversation {
  let credentials: Credentials | undefined = withCredential ? undefined : noCredentials;
  let sent = false;

  type Sent = Result<HttpAnswer, HttpFailure>;

  async function traced(request: HttpRequest, exchange: () => Promise<Sent>, describe: typeof describeAnswer): Promise<Sent> {
    trace?.({ part: 'sent', text: describeRequest(request, deps.mask) });
    const result = await exchange();
    const text = result.ok ? describe(result.value, deps.mask) : deps.mask(result.error.message);
    trace?.({ part: 'answered', text });
    return result;
  }

  /** Sends logins and token requests; the token in the answer is not known to the mask yet. */
  const tokenClient: HttpClient = {
    ...deps.client,
    send: async (request, within, held) =>
      await traced(request, async () => await deps.client.send(request, within, held), describeTokenAnswer),
  };

  async function credentialsFor(values: TemplateValues): Promise<Result<Credentials, Unheard>> {
    if (credentials !== undefined) return ok(credentials);
    const prepared = await prepare(values);
    if (prepared.ok) credentials = prepared.value;
    return prepared;
  }

  async function prepare(values: TemplateValues): Promise<Result<Credentials, Unheard>> {
    const prepared = await deps.auth.prepare(values, { client: tokenClient, base, signal });
    return prepared.ok ? prepared : err({ why: 'credential', outcome: prepared.error });
  }

  async function send(request: HttpRequest): Promise<Result<ReadAnswer, Unheard>> {
    const result = await traced(request, async () => await deps.client.send(request, signal), describeAnswer);
    sent ||= result.ok || result.error.sent;
    return result.ok ? ok(readAnswer(result.value)) : err({ why: 'network', failure: result.error });
  }

  async function fetch(template: Exchange['request'], values: TemplateValues): Promise<Result<ReadAnswer, Unheard>> {
    const credential = await credentialsFor(values);
    return credential.ok ? await fetchWith(credential.value, template, values) : credential;
  }

  async function fetchWith(
    credential: Credentials,
    template: Exchange['request'],
    values: TemplateValues,
  ): Promise<Result<ReadAnswer, Unheard>> {
    const rendered = template.render({ ...values, auth: credential.values }, base);
    const request = rendered.ok ? credential.apply(rendered.value) : rendered;
    return request.ok ? await send(request.value) : err({ why: 'request', problem: request.error });
  }

  return {
    async fetch(template, values) {
      const credential = deps.plan.credentialNeedsRequest ? ok(noCredentials) : await prepare(values);
      return credential.ok ? await fetchWith(credential.value, template, values) : credential;
    },
    hasSent: () => sent,
    async ask(exchange, values) {
      let answer = await fetch(exchange.request, values);
      if (!answer.ok) return answer;
      let verdict = sorted(exchange, answer.value);
      if (isRefused(answer.value, verdict, deps.plan) && credentials !== undefined && deps.auth.refused(credentials)) {
        credentials = undefined;
        answer = await fetch(exchange.request, values);
        if (!answer.ok) return answer;
        verdict = sorted(exchange, answer.value);
      }
      return ok({ answer: answer.value, verdict });
    },
  };
}

function sorted({ sort }: Exchange, answer: ReadAnswer): Verdict {
  const verdict = sort(answer);
  return 'message' in verdict ? { ...verdict, message: ended(verdict.message) } : verdict;
}

/**
 * Whether the credential was not taken; a rule may count a 401 as something else, and the token is no better by that. What a login gave
 * is dropped at 403 too: Vault knows no 401.
 */
function isRefused({ status }: ReadAnswer, { verdict }: Verdict, { login }: Pick<Plan, 'login'>): boolean {
  if (verdict === 'good' || verdict === 'pending') return false;
  return status === 401 || (status === 403 && login !== undefined);
}

const noCredentials: Credentials = { values: {}, apply: ok };

/** What an attempt comes to where there is no answer. */
export function outcomeOf(unheard: Unheard): Retry | Failed | IssuerBroken {
  switch (unheard.why) {
    case 'request':
      return ofProblem(unheard.problem.code, ended(unheard.problem.message));
    case 'credential':
      return unheard.outcome;
    case 'network': {
      const { code, message, cause } = unheard.failure;
      return { outcome: isMisconfigured(code) ? 'issuer-broken' : 'retry', code, message: ended(message), cause };
    }
    default:
      return unheard satisfies never;
  }
}

/** A request that cannot be made: by what the CA gave for it, by the configuration, or by what is asked for. */
function ofProblem(code: string, message: string): Retry | Failed | IssuerBroken {
  if (code === 'CAResponseInvalid') return { outcome: 'retry', code, message, mostAttempts: mostUnreadable };
  return { outcome: code === 'ConfigError' || code === 'AuthError' ? 'issuer-broken' : 'failed', code, message };
}
