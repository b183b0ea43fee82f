import type { PkiConfig } from '../schema/schema.ts';
import { requestValues } from './mentions.ts';
import { templateTexts, type Scope, type TemplateText, type Use } from './template-texts.ts';

const onlyLater = 'is known only after a CA has said that it decides later: in pending.poll and pending.download';
const onlyRevoke = 'is known only where a certificate is revoked: in revoke';
const notKept = 'is not known here: what steps extracted is not kept while a request waits; use {{ id }}, which is';
const noStep = 'is not known here: only requests of signing know what earlier steps extracted';
const noRequest = 'is not known here: this is asked for all requests, not for one of them';

/** The names that have no value in a scope, and why. */
const unknownIn: Readonly<Record<Scope, Readonly<Partial<Record<string, string>>>>> = {
  step: { id: onlyLater, serial: onlyRevoke },
  'pending-id': { id: onlyLater, serial: onlyRevoke },
  poll: { steps: notKept, serial: onlyRevoke },
  plain: { ...forEach(requestValues, noRequest), steps: noStep, id: onlyLater, serial: onlyRevoke },
  revoke: { ...forEach(requestValues, noRequest), steps: noStep, id: onlyLater },
  login: { ...forEach(requestValues, noRequest), steps: noStep, id: onlyLater, serial: onlyRevoke },
  credential: { steps: noStep },
};

function forEach(names: readonly string[], why: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, why]));
}

/**
 * What is wrong with the names that templates use: one that has no value there, an extracted value that nothing uses, a CSR that is not
 * sent, a credential that goes nowhere. Each problem begins with the field.
 */
export function useProblems(config: PkiConfig): readonly string[] {
  const texts = templateTexts(config);
  const named = texts.flatMap((text) => text.uses.flatMap((use) => problemOf(use, text, config) ?? []));
  // What is missing may be in a text that does not parse, and that is what the compiler then says.
  if (texts.some(({ unreadable }) => unreadable)) return named;
  return [
    ...named,
    ...csrProblems(config, texts),
    ...requestProblems(config, texts),
    ...extractProblems(config, texts),
    ...allowedProblems(config, texts),
    ...credentialProblems(config, texts),
  ];
}

function problemOf(use: Use, { field, scope, step }: TemplateText, config: PkiConfig): string | undefined {
  const [root = '', first, second] = use;
  const why = unknownIn[scope][root];
  if (why !== undefined) return `${field}: {{ ${root} }} ${why}`;
  if (root === 'steps') return stepProblem(field, first, second, (config.steps ?? []).slice(0, step));
  if (root === 'auth' && first !== undefined) return authProblem(field, first, scope, config);
  if (root === 'request' && first === 'annotations' && second !== undefined) {
    return allowedProblem(field, 'annotation', second, config.allowedAnnotations);
  }
  if (root === 'request' && first === 'labels' && second !== undefined) {
    return allowedProblem(field, 'label', second, config.allowedLabels);
  }
  return undefined;
}

type Steps = NonNullable<PkiConfig['steps']>;

function stepProblem(field: string, name: string | undefined, value: string | undefined, earlier: Steps): string | undefined {
  if (name === undefined) return `${field}: write {{ steps.<step>.<value> }} with the names written out`;
  const step = earlier.find((each) => each.name === name);
  if (step === undefined) {
    const names = earlier.map((each) => each.name).join(', ') || 'none';
    return `${field}: {{ steps.${name} }} is no step before this one; those are: ${names}`;
  }
  const extract = Object.keys(step.extract ?? {});
  if (value === undefined || extract.includes(value)) return undefined;
  return `${field}: step ${name} does not extract "${value}"; it extracts ${extract.join(', ') || 'nothing'}. Add it to extract`;
}

function authProblem(field: string, name: string, scope: Scope, { auth }: PkiConfig): string | undefined {
  const known = authNames(scope, auth);
  if (known.includes(name)) return undefined;
  const advice = known.length === 0 ? 'there is nothing in auth here' : `in auth there is ${known.join(', ')}`;
  return `${field}: {{ auth.${name} }} is not known here: with auth.type ${auth.type} ${advice}`;
}

function authNames(scope: Scope, auth: PkiConfig['auth']): readonly string[] {
  if (scope === 'credential') return [];
  if (scope === 'login') return auth.login?.serviceAccountRef === undefined ? [] : ['serviceAccountToken'];
  if (auth.type === 'hmac') return auth.hmac?.payload === undefined ? [] : ['payload', 'signature'];
  return auth.type === 'none' ? [] : ['token'];
}

function allowedProblem(field: string, what: string, key: string, allowed: readonly string[] = []): string | undefined {
  if (allowed.includes(key)) return undefined;
  const list = what === 'label' ? 'allowedLabels' : 'allowedAnnotations';
  return `${field}: ${what} "${key.slice(0, 64)}" is not in pki.${list}; requesters write it, so add it there if templates may use it`;
}

/** Whether any of the texts uses a name; a use of the whole, `steps.submit`, is one of each of its parts. */
function isUsed(texts: readonly TemplateText[], wanted: readonly string[], scopes?: readonly Scope[]): boolean {
  return texts
    .filter(({ scope }) => scopes === undefined || scopes.includes(scope))
    .some(({ uses }) =>
      uses.some((use) => wanted.every((part, index) => index >= use.length || (use[index] ?? part) === part)),
    );
}

function csrProblems({ parameters, auth }: PkiConfig, texts: readonly TemplateText[]): readonly string[] {
  if (parameters !== undefined || isUsed(texts, ['csr'], ['step'])) return [];
  const credential = texts.some(({ scope, uses }) => scope === 'credential' && uses.some(([root]) => root === 'csr'));
  if (credential && (auth.type === 'jwt' || isUsed(texts, ['auth', 'payload'], ['step']))) return [];
  return [
    'pki.steps: no step sends the CSR, and a PKI that is not sent the CSR makes a key of its own, whose certificate fits no Secret; write {{ csr.pem }} or another form of it into a body',
  ];
}

function requestProblems({ pending, revoke }: PkiConfig, texts: readonly TemplateText[]): readonly string[] {
  const usedIn = (root: string, names: readonly string[]): boolean =>
    texts.some(({ field, uses }) => field.startsWith(`${root}.`) && uses.some(([name = '']) => names.includes(name)));
  const identifying = ['id', 'csr', 'request', 'subject'];
  const problems: string[] = [];
  for (const name of ['poll', 'download'] as const) {
    if (pending?.[name] !== undefined && !usedIn(`pki.pending.${name}`, identifying)) {
      problems.push(`pki.pending.${name}: does not say which request it asks for; write {{ id }} into its url, query or body`);
    }
  }
  if (revoke !== undefined && !usedIn('pki.revoke', ['serial'])) {
    problems.push(
      'pki.revoke: does not say which certificate; write {{ serial.hex }} or {{ serial.decimal }} into its url or body',
    );
  }
  return problems;
}

function extractProblems({ steps = [] }: PkiConfig, texts: readonly TemplateText[]): readonly string[] {
  return steps.flatMap(({ name, extract = {} }, index) =>
    Object.keys(extract)
      .filter((value) => !isUsed(texts, ['steps', name, value]))
      .map(
        (value) =>
          `pki.steps[${index}].extract.${value}: nothing uses it; remove it, or write {{ steps.${name}.${value} }} into a later step`,
      ),
  );
}

function allowedProblems(
  { allowedAnnotations = [], allowedLabels = [] }: PkiConfig,
  texts: readonly TemplateText[],
): readonly string[] {
  const unused = (field: string, map: string, keys: readonly string[]): readonly string[] =>
    keys
      .filter((key) => !isUsed(texts, ['request', map, key]))
      .map(
        (key) =>
          `pki.${field}: no template uses "${key.slice(0, 64)}"; remove it, or write {{ request.${map}["${key}"] }} where it belongs`,
      );
  return [
    ...unused('allowedAnnotations', 'annotations', allowedAnnotations),
    ...unused('allowedLabels', 'labels', allowedLabels),
  ];
}

function credentialProblems({ auth }: PkiConfig, texts: readonly TemplateText[]): readonly string[] {
  const problems: string[] = [];
  const sent: readonly Scope[] = ['step', 'poll', 'plain', 'revoke'];
  if (auth.in === 'template' && !isUsed(texts, ['auth'], sent)) {
    const name = auth.type === 'hmac' ? 'signature' : 'token';
    problems.push(
      `pki.auth.in: is template, but no request has {{ auth.${name} }}, so the credential would not be sent; write it where it belongs`,
    );
  }
  if (auth.hmac?.payload !== undefined && !isUsed(texts, ['auth', 'payload'], sent)) {
    problems.push(
      'pki.auth.hmac.payload: no request has {{ auth.payload }}, so what is signed would not be sent; write it into a body',
    );
  }
  if (auth.login?.serviceAccountRef !== undefined && !isUsed(texts, ['auth', 'serviceAccountToken'], ['login'])) {
    problems.push(
      'pki.auth.login.serviceAccountRef: the login has no {{ auth.serviceAccountToken }}; write it there, or remove this',
    );
  }
  return problems;
}
