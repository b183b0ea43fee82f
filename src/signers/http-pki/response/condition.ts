import { type ASTNode, type Context, Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../../../lib/errors.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { Condition } from './contract.ts';
import { measureInput } from './condition-input.ts';

const longestCondition = 1024;
const limits = { maxAstNodes: 500, maxDepth: 40, maxListElements: 64, maxMapEntries: 16, maxCallArguments: 4 };
const comprehensions = ['all', 'exists', 'exists_one', 'filter', 'map'];
const functions = (
  'has size contains startsWith endsWith lowerAscii upperAscii trim indexOf lastIndexOf substring ' +
  'int uint double string bool dyn type'
).split(' ');

/**
 * Compiles a condition in CEL over `status` (int), `body` (JSON or XML, else null), `text` (string) and `headers` (map of string to
 * string, lower-case names). It is type-checked, must give true or false, and has at most one comprehension and only functions whose
 * cost the length of their input bounds. Of an answer it sees 64 KiB of text, and a body of at most 64 KiB, else null; with a
 * comprehension less where lists are long. An error at run time, such as a key that is not there, counts as false.
 * @param field the field that holds it, for the error: `pki.rules[0].when`.
 */
export function createCondition(text: string, field: string): Result<Condition, string> {
  if (text.length > longestCondition) {
    return err(`${field}: the condition has ${text.length} characters; at most ${longestCondition} are read`);
  }
  try {
    const expression = environment().parse(text);
    const calls = callsOf(expression.ast);
    const refusal = refusalOf(calls);
    if (refusal !== undefined) return err(`${field}: ${refusal}`);
    const { valid, type, error } = expression.check();
    if (!valid) return err(`${field}: ${place(error)}`);
    if (type !== 'bool') {
      return err(
        `${field}: it gives ${type === 'dyn' ? 'a value of any type' : type}, not true or false; compare it, as in body.ok == true`,
      );
    }
    const hasComprehension = calls.some((name) => comprehensions.includes(name));
    return ok((answer) => applies(expression, measureInput(answer, hasComprehension)));
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

/** Every function and macro that is called, in any depth. */
function callsOf(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(callsOf);
  if (typeof node !== 'object' || node === null || !('op' in node)) return [];
  const { op, args } = node as ASTNode;
  const name = op === 'call' || op === 'rcall' ? [args[0]] : [];
  return [...name, ...callsOf(args)];
}

function refusalOf(calls: readonly string[]): string | undefined {
  const unknown = calls.find((name) => !functions.includes(name) && !comprehensions.includes(name));
  if (unknown === 'matches') {
    return 'matches is not available, since a regular expression may run for minutes; use contains, startsWith, endsWith or ==';
  }
  if (unknown !== undefined) {
    return `the function ${unknown} is not available; there are ${[...functions, ...comprehensions].join(', ')}`;
  }
  const used = calls.filter((name) => comprehensions.includes(name));
  return used.length > 1
    ? `it has ${used.length} comprehensions (${used.join(', ')}), and may have one; split it into several rules, or name an element, as in body.errors[0].code`
    : undefined;
}

function place(error: unknown): string {
  const { range, summary } = error as { readonly range?: { readonly start: number }; readonly summary?: string };
  const what = summary ?? messageOf(error);
  const hint = what.startsWith('Unknown variable') ? '; there are status, body, text and headers' : '';
  return `${range === undefined ? '' : `at character ${range.start + 1}, `}${what}${hint}`;
}
