import { type ASTNode, type Context, Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../../../lib/errors.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import { comprehensions, costOf, growsText, nameOf, nodesOf } from './condition-cost.ts';
import { measureInput } from './condition-input.ts';
import { addSearches, boundSearches, isSearch, unboundName } from './condition-search.ts';
import type { Condition } from './contract.ts';

const longestCondition = 1024;
const limits = { maxAstNodes: 500, maxDepth: 40, maxListElements: 64, maxMapEntries: 16, maxCallArguments: 4 };
const mostSearches = 16;
const functions =
  'has size contains startsWith endsWith indexOf lowerAscii upperAscii trim substring int uint double string bool dyn type'.split(
    ' ',
  );

/**
 * Compiles a condition in CEL over `status` (int), `body` (JSON or XML, else null), `text` (string) and `headers` (map of string to
 * string, lower-case names). It is type-checked, must give true or false, and has at most one comprehension, 16 searches, and only
 * functions whose cost the length of their input bounds. Of an answer it sees 64 KiB of text, and a body of at most 64 KiB, else null. An
 * error at run time, such as a key that is not there, counts as false, and so does a comprehension with too many entries.
 * @param field the field that holds it, for the error: `pki.rules[0].when`.
 */
export function createCondition(text: string, field: string): Result<Condition, string> {
  if (text.length > longestCondition) {
    return err(`${field}: the condition has ${text.length} characters; at most ${longestCondition} are read`);
  }
  try {
    const variables = environment();
    const begin = addSearches(variables);
    const expression = variables.parse(text);
    const nodes = nodesOf(expression.ast);
    const refusal = refusalOf(nodes);
    if (refusal !== undefined) return err(`${field}: ${refusal}`);
    const cost = costOf(expression.ast);
    boundSearches(nodes);
    const { valid, type, error } = expression.check();
    if (!valid) return err(`${field}: ${place(error)}`);
    if (type !== 'bool') {
      return err(
        `${field}: it gives ${type === 'dyn' ? 'a value of any type' : type}, not true or false; compare it, as in body.ok == true`,
      );
    }
    return ok((answer) => {
      const input = measureInput(answer, cost);
      begin();
      return input !== undefined && applies(expression, { ...input });
    });
  } catch (error) {
    return err(`${field}: ${place(error)}`);
  }
}

function applies(expression: (context: Context) => unknown, context: Context): boolean {
  try {
    return expression(context) === true;
  } catch {
    return false;
  }
}

function environment(): Environment {
  return new Environment({ limits })
    .registerVariable('status', 'int')
    .registerVariable('body', 'dyn')
    .registerVariable('text', 'string')
    .registerVariable('headers', 'map<string, string>');
}

function refusalOf(nodes: readonly ASTNode[]): string | undefined {
  const calls = nodes.flatMap((node) => nameOf(node) ?? []);
  const unknown = calls.find((name) => !functions.includes(name) && !comprehensions.includes(name));
  if (unknown === 'matches') {
    return 'matches is not available, since a regular expression may run for minutes; use contains, startsWith, endsWith or ==';
  }
  if (unknown !== undefined) {
    return `the function ${unknown} is not available; there are ${[...functions, ...comprehensions].join(', ')}`;
  }
  const used = calls.filter((name) => comprehensions.includes(name));
  if (used.length > 1) {
    return `it has ${used.length} comprehensions (${used.join(', ')}), and may have one; split it into several rules, or name an element, as in body.errors[0].code`;
  }
  const searches = calls.filter(isSearch).length;
  if (searches > mostSearches) {
    return `it has ${searches} calls of contains, startsWith, endsWith and indexOf, and may have ${mostSearches}; split it into several rules`;
  }
  const sum = nodes.find(growsText);
  return sum === undefined
    ? undefined
    : `at character ${sum.range.start + 1}, + adds numbers only, such as int(body.code) + 1; compare texts and lists one by one`;
}

function place(error: unknown): string {
  const { range, summary } = error as { readonly range?: { readonly start: number }; readonly summary?: string };
  const what = unboundName(summary ?? messageOf(error));
  const hint = what.startsWith('Unknown variable') ? '; there are status, body, text and headers' : '';
  return `${range === undefined ? '' : `at character ${range.start + 1}, `}${what}${hint}`;
}
