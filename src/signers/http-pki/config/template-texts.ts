import { analyzeSync } from 'liquidjs';
import type { WrittenBody, WrittenRequest } from '../schema/request.ts';
import type { PkiConfig } from '../schema/schema.ts';
import { hasPlaceholder } from '../template/compile.ts';
import { engines } from '../template/engine.ts';

/** What a template is a part of, which decides what it may use. */
export type Scope = 'step' | 'pending-id' | 'poll' | 'plain' | 'revoke' | 'login' | 'credential';

/** A name that a template uses, by its parts: `steps`, `submit`, `id`; undefined for a part that is only known when it is rendered. */
export type Use = readonly (string | undefined)[];

/** A text of the configuration that may be a template. */
export interface TemplateText {
  /** From `pki` on. */
  readonly field: string;
  readonly scope: Scope;
  /** The step that it is a part of. */
  readonly step?: number;
  readonly uses: readonly Use[];
}

/** All texts of a configuration that are templates, with the names they use. One that does not parse is left to the compiler. */
export function templateTexts(config: PkiConfig): readonly TemplateText[] {
  const { steps = [], pending, response, check, revoke, auth } = config;
  const all: readonly (readonly [Scope, string, unknown, number?])[] = [
    ...steps.map((step, index) => ['step', `pki.steps[${index}]`, textsOf(step), index] as const),
    ['pending-id', 'pki.pending', { id: pending?.id }],
    ['poll', 'pki.pending.poll', textsOf(pending?.poll)],
    ['poll', 'pki.pending.download', textsOf(pending?.download)],
    ['plain', 'pki.response', { caUrl: response.caUrl }],
    ['plain', 'pki.check', textsOf(check)],
    ['revoke', 'pki.revoke', textsOf(revoke)],
    ['login', 'pki.auth.login', textsOf(auth.login)],
    ['login', 'pki.auth.oauth2', { parameters: auth.oauth2?.parameters }],
    ['credential', 'pki.auth.jwt', { claims: auth.jwt?.claims }],
    ['credential', 'pki.auth.hmac', { payload: auth.hmac?.payload }],
  ];
  return all.flatMap(([scope, root, value, step]) =>
    leavesOf(value, root)
      .filter(({ text }) => hasPlaceholder(text))
      .map(({ field, text }) => ({ field, scope, ...(step === undefined ? {} : { step }), uses: usesOf(text) })),
  );
}

function textsOf(request: WrittenRequest | undefined): unknown {
  if (request === undefined) return {};
  const { url, query, headers, body } = request;
  return { url, query, headers, body: body === undefined ? {} : bodyTexts(body) };
}

function bodyTexts({ json, form, multipart, xml, raw }: WrittenBody): unknown {
  return { json, form, multipart, xml, raw };
}

function leavesOf(value: unknown, field: string): readonly { readonly field: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ field, text: value }];
  if (Array.isArray(value)) return value.flatMap((entry, index) => leavesOf(entry, `${field}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => leavesOf(entry, `${field}.${key.slice(0, 64)}`));
}

function usesOf(text: string): readonly Use[] {
  try {
    const { globals } = analyzeSync(engines.value.parse(text), { partials: false });
    return Object.values(globals).flatMap((variables) => variables.map(({ segments }) => segments.map(partOf)));
  } catch {
    return [];
  }
}

function partOf(segment: unknown): string | undefined {
  return typeof segment === 'string' || typeof segment === 'number' ? String(segment) : undefined;
}
