import { err, ok, type Result } from '../../lib/result.ts';
import { mentioned, requestValues } from './config/mentions.ts';
import { compileParameters } from './config/parameters.ts';
import { compileRequest } from './request/request.ts';
import { createCertificateReader } from './response/certificates.ts';
import type { CertificateReader, ReadAnswer, Selector, SortAnswer } from './response/contract.ts';
import { createSelector } from './response/selector.ts';
import { createSorter } from './response/sort.ts';
import type { WrittenRequest, WrittenRule, WrittenStep } from './schema/request.ts';
import type { PkiConfig } from './schema/schema.ts';
import { compileTemplate } from './template/compile.ts';
import type { RequestTemplate } from './template/contract.ts';
import type { TemplateValues } from './template/values.ts';

/** A request to the CA and how its answer counts. */
export interface Exchange {
  /** From the block on, for messages: `pki.steps[0]`. */
  readonly field: string;
  readonly request: RequestTemplate;
  readonly sort: SortAnswer;
}

/** An exchange of signing, with what later ones use of its answer. */
export interface Step extends Exchange {
  readonly name: string;
  readonly extract: readonly { readonly name: string; readonly field: string; readonly select: Selector }[];
}

/** All that an issuer's configuration says to do, compiled once. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly readCertificates: CertificateReader;
  readonly fetchCa?: RequestTemplate;
  readonly pending?: {
    /** What names the request at the CA; undefined where nothing does. */
    readonly id: (answer: ReadAnswer, values: TemplateValues) => unknown;
    readonly idField: string;
    readonly poll: Exchange;
    readonly download?: Exchange;
  };
  readonly check?: Exchange;
  readonly revoke?: Exchange;
  /** The login of `auth`, for a dry run. */
  readonly login?: RequestTemplate;
  /** The credential is made for one request, such as a token that names it: there is none where nothing is signed. */
  readonly credentialNeedsRequest: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A configuration that cannot be compiled; thrown and caught in this file only, so that compiling reads in a straight line. */
class PlanError extends Error {}

/** What the compiled requests need besides the configuration. */
export interface PlanDeps {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes the secrets out of what a CA says. */
  readonly mask: (text: string) => string;
}

/** Compiles a configuration; the error names the field and what is wrong with it. */
export function compilePlan(config: PkiConfig, deps: PlanDeps): Result<Plan, string> {
  try {
    return ok(planOf(config, deps));
  } catch (error) {
    if (error instanceof PlanError) return err(error.message);
    throw error;
  }
}

/** A request, and the rules for its answers where it has its own. */
type SentRequest = WrittenRequest & { readonly rules?: readonly WrittenRule[] | undefined };

function planOf(config: PkiConfig, { now, mask }: PlanDeps): Plan {
  const { response, pending, check, revoke, auth } = config;
  const sorter = (field: string, written: SentRequest): SortAnswer =>
    got(
      createSorter({
        rules: config.rules ?? [],
        ...(written.rules === undefined ? {} : { stepRules: written.rules }),
        response,
        pendingConfigured: pending !== undefined,
        field,
        request: written,
        now,
        mask,
      }),
    );
  const exchange = (field: string, written: SentRequest): Exchange => ({
    field,
    request: got(compileRequest(written, field)),
    sort: sorter(field, written),
  });
  return {
    steps: stepsOf(config, exchange, sorter),
    readCertificates: got(createCertificateReader(response, 'pki.response')),
    ...(response.caUrl === undefined ? {} : { fetchCa: got(compileRequest({ url: response.caUrl }, 'pki.response.caUrl')) }),
    ...(pending === undefined
      ? {}
      : {
          pending: {
            id: idFinder(pending.id),
            idField: pending.id,
            poll: exchange('pki.pending.poll', pending.poll),
            ...(pending.download === undefined ? {} : { download: exchange('pki.pending.download', pending.download) }),
          },
        }),
    ...(check === undefined ? {} : { check: exchange('pki.check', check) }),
    ...(revoke === undefined ? {} : { revoke: exchange('pki.revoke', revoke) }),
    ...(auth.login === undefined ? {} : { login: got(compileRequest(auth.login, 'pki.auth.login')) }),
    credentialNeedsRequest: mentioned(config, requestValues, ['login', 'credential']),
    now,
  };
}

function stepsOf(
  { steps = [], parameters, method = 'POST' }: PkiConfig,
  exchange: (field: string, written: WrittenStep) => Exchange,
  sorter: (field: string, written: SentRequest) => SortAnswer,
): readonly Step[] {
  if (parameters !== undefined) {
    const field = 'pki.parameters';
    const request = got(compileParameters(parameters, method, field));
    return [{ name: 'request', field, request, sort: sorter(field, { method }), extract: [] }];
  }
  return steps.map((step, index) => {
    const field = `pki.steps[${index}]`;
    const extract = Object.entries(step.extract ?? {}).map(([name, path]) => ({
      name,
      field: `${field}.extract.${name}`,
      select: got(createSelector(path, `${field}.extract.${name}`)),
    }));
    return { name: step.name, ...exchange(field, step), extract };
  });
}

function idFinder(text: string): (answer: ReadAnswer, values: TemplateValues) => unknown {
  const field = 'pki.pending.id';
  if (!text.includes('{{')) return got(createSelector(text, field));
  const template = compileTemplate(text, 'leaf');
  if (!template.ok) throw new PlanError(`${field}: ${template.error}`);
  return (_answer, values) => {
    const rendered = template.value.render(values);
    return rendered.ok ? rendered.value : undefined;
  };
}

function got<T>(result: Result<T, string>): T {
  if (!result.ok) throw new PlanError(result.error);
  return result.value;
}
