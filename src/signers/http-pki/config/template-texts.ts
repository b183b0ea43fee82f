import type { WrittenBody, WrittenRequest } from '../schema/request.ts';
import type { PkiConfig } from '../schema/schema.ts';
import { hasPlaceholder } from '../template/compile.ts';
import { engines } from '../template/engine.ts';
import { namesOf } from '../template/names.ts';

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
  /** It does not parse, so that nothing is known of what it uses; the compiler says why. */
  readonly unreadable: boolean;
}

/** A part of a configuration whose texts may be templates. */
export interface TemplateRoot {
  readonly scope: Scope;
  readonly field: string;
  readonly value: unknown;
  readonly step?: number;
}

/** All parts of a configuration whose texts may be templates. */
export function templateRoots(config: PkiConfig): readonly TemplateRoot[] {
  const { steps = [], pending, response, check, revoke, auth } = config;
  return [
    ...steps.map(
      (step, index) => ({ scope: 'step', field: `pki.steps[${index}]`, value: textsOf(step), step: index }) as const,
    ),
    { scope: 'pending-id', field: 'pki.pending', value: { id: pending?.id } },
    { scope: 'poll', field: 'pki.pending.poll', value: textsOf(pending?.poll) },
    { scope: 'poll', field: 'pki.pending.download', value: textsOf(pending?.download) },
    { scope: 'plain', field: 'pki.response', value: { caUrl: response.caUrl } },
    { scope: 'plain', field: 'pki.check', value: textsOf(check) },
    { scope: 'revoke', field: 'pki.revoke', value: textsOf(revoke) },
    { scope: 'login', field: 'pki.auth.login', value: textsOf(auth.login) },
    { scope: 'login', field: 'pki.auth.oauth2', value: { parameters: auth.oauth2?.parameters } },
    { scope: 'credential', field: 'pki.auth.jwt', value: { claims: auth.jwt?.claims } },
    { scope: 'credential', field: 'pki.auth.hmac', value: { payload: auth.hmac?.payload } },
  ];
}

/**
 * All texts of a configuration that are templates, with the names they use. One that does not parse is left to the compiler.
 * @param scopes only texts that are a part of these.
 */
export function templateTexts(config: PkiConfig, scopes?: readonly Scope[]): readonly TemplateText[] {
  const roots = templateRoots(config).filter(({ scope }) => scopes === undefined || scopes.includes(scope));
  return roots.flatMap(({ scope, field: root, value, step }) =>
    leavesOf(value, root)
      .filter(({ text }) => hasPlaceholder(text))
      .map(({ field, text }) => ({ field, scope, ...(step === undefined ? {} : { step }), ...usesOf(text) })),
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

function usesOf(text: string): Pick<TemplateText, 'uses' | 'unreadable'> {
  // Its argument is the name of a key of the Secret.
  const signs: readonly Use[] = /\|\s*hmac\s*:/.test(text) ? [['secret']] : [];
  try {
    const uses = namesOf(engines.value.parse(text)).used.map(({ segments }) => segments.map(partOf));
    return { uses: [...uses, ...signs], unreadable: false };
  } catch {
    return { uses: signs, unreadable: true };
  }
}

function partOf(segment: string | number | undefined): string | undefined {
  return segment === undefined ? undefined : String(segment);
}
