import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { describeRequest } from './config/describe.ts';
import { templateTexts } from './config/template-texts.ts';
import type { PkiProblem } from './problem.ts';
import type { WrittenRequest } from './schema/request.ts';
import { ended } from '../../lib/sentence.ts';
import type { SignerParts } from './signer.ts';
import { hasPlaceholder } from './template/compile.ts';
import type { RequestTemplate } from './template/contract.ts';
import { onlyPlaceholder } from './template/leaf.ts';
import { withValues } from './template/sign-values.ts';
import type { TemplateValues } from './template/values.ts';

type PreviewParts = Pick<SignerParts, 'config' | 'plan' | 'secret' | 'auth' | 'mask'>;

/** A request that signing would send. */
interface Preview {
  readonly what: string;
  readonly template: RequestTemplate;
  /** Whether the credential goes with it; a login gives it first. */
  readonly withCredential: boolean;
  /** As the configuration has it, where a part of it may be what the CA answers before. */
  readonly later?: { readonly field: string; readonly written: WrittenRequest };
}

const masked = '***';

/**
 * The requests of signing as text, in their order, before anything is sent: secrets are masked, and what the CA will answer is named.
 * Where a name cannot stand for that, the request is shown as it is written.
 */
export function previewRequests(values: TemplateValues, parts: PreviewParts, base: URL): Result<readonly string[], PkiProblem> {
  const { plan, secret, auth, mask } = parts;
  const steps: Record<string, Record<string, string>> = {};
  for (const { name, extract } of plan.steps) {
    steps[name] = Object.fromEntries(extract.map((each) => [each.name, `<steps.${name}.${each.name}>`]));
  }
  const hidden = Object.fromEntries(Object.keys(secret).map((key) => [key, masked]));
  const known = withValues(values, { secret: hidden, steps, id: '<id>' });
  const credential = auth.preview(known);

  const shown: string[] = [];
  for (const { what, template, withCredential, later } of previewsOf(parts)) {
    const given = withCredential ? credential.values : { serviceAccountToken: masked };
    const rendered = template.render(withValues(known, { auth: given }), base);
    const source = later === undefined ? undefined : sourceOf(later.field, parts);
    if (later !== undefined && source !== undefined && !(rendered.ok && isShowable(later.written))) {
      const why = `depends on ${source}; its URL and body cannot be shown before`;
      shown.push(`# ${what}: ${why}\n${writtenText(later.written, mask)}`);
      continue;
    }
    const sent = rendered.ok && withCredential ? credential.apply(rendered.value) : rendered;
    if (!sent.ok) return err({ ...sent.error, message: ended(sent.error.message) });
    shown.push(`# ${what}\n${describeRequest(sent.value, mask)}`);
  }
  return ok(shown);
}

function previewsOf({ config, plan, auth }: PreviewParts): readonly Preview[] {
  const { login, fetchCa, pending, credentialNeedsRequest } = plan;
  const { caField, caBundle } = config.response;
  const requestToken = auth.previewTokenRequest?.bind(auth);
  const token = [
    ...(login === undefined ? [] : [{ what: 'pki.auth.login', template: login, withCredential: false }]),
    ...(requestToken === undefined
      ? []
      : [{ what: 'pki.auth.oauth2', template: { render: requestToken }, withCredential: false }]),
  ];
  const ca = (when: string): readonly Preview[] =>
    fetchCa === undefined
      ? []
      : [{ what: `pki.response.caUrl${when}`, template: fetchCa, withCredential: !credentialNeedsRequest }];
  const early = caField === undefined ? ca('') : [];
  const waiting = [
    { name: 'poll', when: 'the CA decides later' },
    { name: 'download', when: 'it has decided' },
  ] as const;
  return [
    ...(credentialNeedsRequest ? [...early, ...token] : [...token, ...early]),
    ...plan.steps.map(({ field, name, request }, index) => {
      const written = config.steps?.[index];
      const later = written === undefined ? {} : { later: { field, written } };
      return { what: `${field} (${name})`, template: request, withCredential: true, ...later };
    }),
    ...waiting.flatMap(({ name, when }) => {
      const [exchange, written] = [pending?.[name], config.pending?.[name]];
      if (exchange === undefined || written === undefined) return [];
      const later = { field: exchange.field, written };
      return [{ what: `${exchange.field}, where ${when}`, template: exchange.request, withCredential: true, later }];
    }),
    ...(caField !== undefined && caBundle === undefined ? ca(', where the answer has no certificate of the CA') : []),
  ];
}

/** The answers that a request is made of; undefined where there are none. */
function sourceOf(field: string, { config }: PreviewParts): string | undefined {
  const uses = templateTexts(config)
    .filter((text) => text.field.startsWith(`${field}.`))
    .flatMap((text) => text.uses);
  const names = [...new Set(uses.flatMap(([root, name]) => (root === 'steps' && name !== undefined ? [name] : [])))];
  if (names.length > 0) return names.map((name) => `the answer to step ${name}`).join(' and ');
  return uses.some(([root]) => root === 'id') ? 'the id that the CA gives' : undefined;
}

/** Whether names can stand in it; an address that the CA gives is nothing like one. */
function isShowable({ url }: WrittenRequest): boolean {
  return url === undefined || !hasPlaceholder(url) || onlyPlaceholder(url) === undefined;
}

function writtenText({ method, url, query, headers, body }: WrittenRequest, mask: (text: string) => string): string {
  const rest = Object.entries({ query, headers, body }).filter(([, value]) => value !== undefined);
  const lines = [
    `${method ?? (body === undefined ? 'GET' : 'POST')} ${url ?? ''}`.trimEnd(),
    ...rest.map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
  ];
  return lines.map((line) => printable(mask(line))).join('\n');
}
