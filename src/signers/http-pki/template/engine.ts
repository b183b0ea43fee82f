import {
  AssignTag,
  CommentTag,
  Context,
  defaultOperators,
  defaultOptions,
  evalToken,
  ForTag,
  IfTag,
  Liquid,
  UnlessTag,
} from 'liquidjs';
import type { Emitter, Operators, Parser, TagToken, Template, TopLevelToken } from 'liquidjs';
import { encodings, rawEncodings } from './encodings.ts';
import { type EscapeTarget, escapeFor } from './escape.ts';
import { Refusal } from './refusal.ts';
import { chargeSearch, type TemplateFunction, textFunctions } from './text-functions.ts';
import type { TemplateValues } from './values.ts';

/** What the templates of one request may cost together: characters made, and milliseconds, which are the second fence. */
export type Budget = Pick<Context, 'memoryLimit' | 'renderLimit'>;

const mostCharacters = 4_000_000;
const mostMs = 250;
/** What a loop pays for each part of its body, each time: a part of a template takes as long as so many characters. */
const costOfPart = 100;
/** What it costs to compare one entry of a list. */
const costOfEntry = 10;
const longestTemplateText = 16 * 1024;

/** A budget that starts now. */
export function createBudget(): Budget {
  return new Context({}, defaultOptions, { memoryLimit: mostCharacters, renderLimit: mostMs });
}

/** The names of the functions, for messages. */
export const functions: Readonly<Record<string, TemplateFunction>> = { ...textFunctions, ...encodings };
/** The names of the tags, for messages. */
export const tagNames: readonly string[] = ['if', 'unless', 'for', 'assign', 'comment'];

/** A loop that pays for its rounds before it makes them. */
class BoundedForTag extends ForTag {
  readonly #cost: number;

  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remaining, liquid, parser);
    this.#cost = (partsOf(this.templates) + 1) * costOfPart;
  }

  override *render(context: Context, emitter: Emitter): ReturnType<ForTag['render']> {
    const items: unknown = yield evalToken(this.collection, context);
    context.memoryLimit.use(lengthOf(items) * this.#cost);
    return yield* super.render(context, emitter);
  }
}

function partsOf(templates: readonly Template[]): number {
  return templates.reduce((sum, template) => {
    const inner = template.children?.(false, true).next().value as readonly Template[] | undefined;
    return sum + 1 + (inner === undefined ? 0 : partsOf(inner));
  }, 0);
}

function lengthOf(items: unknown): number {
  if (Array.isArray(items)) return items.length;
  return typeof items === 'object' && items !== null ? Object.keys(items).length : 1;
}

/** Liquid's operators, which compare nothing with a list but its entries. */
const operators: Operators = {
  ...defaultOperators,
  ...Object.fromEntries(
    ['==', '!=', 'contains'].map((name) => [
      name,
      (left: unknown, right: unknown, context: Context) => {
        if (Array.isArray(right) || (Array.isArray(left) && name !== 'contains' && typeof right !== 'object')) {
          throw new Refusal(`${name} compares texts and numbers, not lists`);
        }
        const length = Array.isArray(left) ? left.length * costOfEntry : typeof left === 'string' ? left.length : 1;
        chargeSearch(length, name === 'contains' ? String(right) : '', (characters) => context.memoryLimit.use(characters));
        return defaultOperators[name]?.(left, right, context) ?? false;
      },
    ]),
  ),
};

/**
 * An engine for one target. Liquid without all that could reach outside, cost without bound or get round the escaping: five tags, own
 * functions only, own properties only, no partials, no file system.
 * @param target undefined: the value itself is asked for, and nothing is escaped.
 */
function createEngine(target: EscapeTarget | undefined): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    lenientIf: true,
    jsTruthy: true,
    cache: false,
    templates: {},
    locale: 'en',
    operators,
    parseLimit: longestTemplateText,
    memoryLimit: mostCharacters,
    renderLimit: mostMs,
    ...(target === undefined ? {} : { outputEscape: escapeOf(target) }),
  });
  for (const name of Object.keys(engine.tags)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters)) delete engine.filters[name];
  Object.assign(engine.tags, { if: IfTag, unless: UnlessTag, for: BoundedForTag, assign: AssignTag, comment: CommentTag });
  for (const [name, each] of Object.entries(textFunctions))
    engine.registerFilter(name, { handler: handlerOf(each), raw: false });
  for (const [name, each] of Object.entries(target === 'raw' ? rawEncodings : encodings)) {
    // What is left in an alphabet that its place allows is not encoded once more.
    const raw = target === 'raw' || ((target === 'url' || target === 'query') && name === 'urlencode');
    engine.registerFilter(name, { handler: handlerOf(each), raw });
  }
  // Who only asks what names a text uses need not know how a structure's field ends.
  if (target === undefined) engine.registerFilter('optional', (value: unknown) => value);
  Object.freeze(engine.tags);
  Object.freeze(engine.filters);
  return Object.freeze(engine);
}

function valuesOf(context: Context): TemplateValues {
  return context.environments as unknown as TemplateValues;
}

function escapeOf(target: EscapeTarget): (value: unknown) => string {
  return function escape(this: { readonly context: Context }, value: unknown): string {
    const text = escapeFor(target, value, valuesOf(this.context));
    this.context.memoryLimit.use(text.length);
    return text;
  };
}

function handlerOf({ run }: TemplateFunction) {
  return function handler(this: { readonly context: Context }, value: unknown, ...args: unknown[]): unknown {
    const { context } = this;
    return run(value, args, { values: valuesOf(context), charge: (characters) => context.memoryLimit.use(characters) });
  };
}

/** The engine of each target, frozen: what a template needs beyond it is made for each parsing and each rendering. */
export const engines: Readonly<Record<EscapeTarget | 'value', Liquid>> = {
  leaf: createEngine('leaf'),
  url: createEngine('url'),
  query: createEngine('query'),
  header: createEngine('header'),
  xml: createEngine('xml'),
  raw: createEngine('raw'),
  value: createEngine(undefined),
};
