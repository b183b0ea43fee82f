import { longestTemplate, longestXml } from '../schema/fields.ts';
import type { PkiConfig } from '../schema/schema.ts';
import { templateRoots } from './template-texts.ts';

/** Characters of all templates together, with the names of their fields. */
const mostText = 64 * 1024;
/** Of one text. */
const mostPlaceholders = 256;
const mostValues = 4000;
const deepest = 34;
/** Characters of all conditions together. */
const mostConditions = 16 * 1024;

/**
 * What is too large in a configuration to be read: whoever may write an issuer must not keep the controller busy by it. To be asked before
 * a template or a condition is parsed. The first problem only; it begins with the field.
 */
export function sizeProblem(config: PkiConfig): string | undefined {
  let characters = 0;
  let values = 0;

  function problemOf(value: unknown, field: string, depth: number): string | undefined {
    values += 1;
    if (values > mostValues) return `${field}: the requests have more than ${mostValues} values together; remove some`;
    if (depth > deepest) return `${field}: is nested deeper than ${deepest - 2} levels`;
    if (typeof value === 'string') return textProblem(value, field) ?? count(value, field);
    if (typeof value !== 'object' || value === null) return undefined;
    for (const [key, entry] of Object.entries(value)) {
      const below = Array.isArray(value) ? `${field}[${key}]` : `${field}.${key.slice(0, 64)}`;
      const problem = (Array.isArray(value) ? undefined : count(key, below)) ?? problemOf(entry, below, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  function count(text: string, field: string): string | undefined {
    characters += text.length;
    if (characters <= mostText) return undefined;
    return `${field}: the requests have more than ${mostText} characters together up to here; shorten them`;
  }

  for (const { field, value } of templateRoots(config)) {
    const problem = problemOf(value, field, 0);
    if (problem !== undefined) return problem;
  }
  return conditionProblem(config);
}

function textProblem(text: string, field: string): string | undefined {
  const longest = field.endsWith('.body.xml') ? longestXml : longestTemplate;
  if (text.length > longest) return `${field}: has ${text.length} characters; at most ${longest} are read`;
  const placeholders = text.split(/\{[{%]/, mostPlaceholders + 2).length - 1;
  if (placeholders <= mostPlaceholders) return undefined;
  return `${field}: has more than ${mostPlaceholders} placeholders; use a loop ({% for %}), or divide it into several fields`;
}

function conditionProblem({ rules, steps = [], pending, check, revoke }: PkiConfig): string | undefined {
  const all = [rules, ...[...steps, pending?.poll, check, revoke].map((request) => request?.rules)];
  const characters = all.flatMap((each = []) => each).reduce((sum, { when }) => sum + when.length, 0);
  if (characters <= mostConditions) return undefined;
  return `pki.rules: all conditions together, those of requests too, have ${characters} characters; at most ${mostConditions} are read`;
}
