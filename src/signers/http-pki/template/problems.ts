import { LiquidError, RenderError } from 'liquidjs';
import { messageOf } from '../../../lib/errors.ts';
import { printable } from '../../../lib/printable.ts';
import { Refusal } from './refusal.ts';
import { noFunction, notClosed } from './scan.ts';

const longestPlaceholder = 80;
const longestKey = 100;

/** Why a text is no template, as a clause with the place. */
export function compileProblem(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof RangeError) return 'it is nested too deeply';
  const [, what, line, column] = /^([^]*?), line:(\d+), col:(\d+)$/.exec(messageOf(error)) ?? [];
  if (what === undefined) return messageOf(error);
  const open = /^(?:output|tag) "(\{[{%])[^]*" not closed$/.exec(what)?.[1];
  if (open !== undefined) return `line ${line}, column ${column}: ${notClosed(open === '{%' ? open : '{{')}`;
  const unknown = /^undefined filter: (.+)$/.exec(what)?.[1];
  return `line ${line}, column ${column}: ${unknown === undefined ? what : noFunction(unknown)}`;
}

/** Why a template has no result, as a clause that names the placeholder; never a value. */
export function renderProblem(error: unknown, placeholder?: string): string {
  const cause = RenderError.is(error) ? error.originalError : error;
  const token = LiquidError.is(error) ? error.token.getText() : '';
  const where = shorten(placeholder ?? token);
  const prefix = where === '' ? '' : `${where}: `;
  if (cause instanceof Refusal) return prefix + cause.message;
  const missing = missingName(cause);
  if (missing !== undefined) return missing;
  const text = messageOf(cause);
  if (/limit exceeded|Invalid string length/.test(text)) return `${prefix}it becomes too large or takes too long`;
  return `${prefix}${cause instanceof RangeError ? 'it is nested too deeply' : text.replace(/, line:\d+, col:\d+$/, '')}`;
}

function shorten(text: string): string {
  const line = printable(text.replaceAll(/\s+/g, ' '));
  return line.length > longestPlaceholder ? `${line.slice(0, longestPlaceholder)}…` : line;
}

// A name that pki.allowedAnnotations or pki.allowedLabels lacks is refused before there is a request.
const mayLack = "; add | default: '...' where that may be";

/** Names that are known only when a request is there. */
const dynamic: readonly (readonly [RegExp, (name: string, rest: string) => string])[] = [
  [/^secret\.([^]+)$/, (key) => `the Secret has no key "${key}"`],
  [/^request\.annotations\.([^]+)$/, (key) => `annotation "${key}" is not on the request${mayLack}`],
  [/^request\.labels\.([^]+)$/, (key) => `label "${key}" is not on the request${mayLack}`],
  [/^auth\.([^]+)$/, (key) => `the authentication gives no "${key}" here`],
  [/^steps\.([^.]+)$/, (step) => `no step "${step}" comes before this request`],
  [/^steps\.([^.]+)\.([^]+)$/, (step, value) => `step "${step}" has extracted no "${value}"`],
];

function missingName(error: unknown): string | undefined {
  const name: unknown = LiquidError.is(error) ? (error.originalError as { variableName?: unknown }).variableName : undefined;
  if (typeof name !== 'string') return undefined;
  for (const [pattern, say] of dynamic) {
    const [, key, rest = ''] = pattern.exec(name) ?? [];
    if (key !== undefined) return say(shown(key), shown(rest));
  }
  return `"${shown(name)}" has no value; add | default: '...' where that may be`;
}

function shown(name: string): string {
  return printable(name).slice(0, longestKey);
}
