import { Refusal } from './refusal.ts';
import type { TemplateValues } from './values.ts';

/** What a function may use besides its arguments. */
export interface FunctionHost {
  readonly values: TemplateValues;
  /** Counts characters that are about to be made, against what one request may cost. */
  charge(characters: number): void;
}

/** A function of the template language: `{{ value | name: argument }}`. */
export interface TemplateFunction {
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  /** The words that an argument may be, by its position. */
  readonly choices?: Readonly<Record<number, readonly string[]>>;
  /** @throws {Refusal} */
  run(value: unknown, args: readonly unknown[], host: FunctionHost): unknown;
}

/** A value as text; a list or a mapping has no text of its own. @throws {Refusal} */
export function textOf(value: unknown): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Refusal('its value is not valid Unicode');
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === undefined || value === null) throw new Refusal("it has no value; add | default: '...' where that may be");
  const what = Array.isArray(value) ? 'it is a list' : 'it is a mapping';
  throw new Refusal(
    `${what}, where a text is needed; add | json, ${Array.isArray(value) ? "| join: ',' or | first" : 'or name a part'}`,
  );
}

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Refusal('an argument is not a whole number');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Refusal('it is no list');
}

/** Whether a value is as good as none: absent, an empty text or list, false. */
function isNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0)
  );
}

function onText(change: (text: string) => string): TemplateFunction {
  return {
    least: 0,
    most: 0,
    run(value, _args, host) {
      const text = textOf(value);
      host.charge(text.length);
      return change(text);
    },
  };
}

const longestNeedle = 1024;

/** Counts what a search may cost: in the worst case each character is compared with each of what is searched for. @throws {Refusal} */
export function chargeSearch(length: number, needle: string, charge: FunctionHost['charge']): void {
  if (needle.length > longestNeedle) throw new Refusal(`what is searched for is longer than ${longestNeedle} characters`);
  charge(length * Math.ceil((needle.length + 1) / 16));
}

function joined(value: unknown, separator: string, host: FunctionHost): string {
  const parts = listOf(value).map(textOf);
  const length = parts.reduce((sum, part) => sum + part.length + separator.length, 0);
  chargeSearch(length, separator, host.charge);
  if (separator !== '' && parts.some((part) => part.includes(separator))) {
    throw new Refusal(
      'an entry of the list holds the separator, so that one name would become two; use another separator or | json',
    );
  }
  return parts.join(separator);
}

function replaced(value: unknown, from: string, to: string, host: FunctionHost): string {
  const text = textOf(value);
  if (from === '') throw new Refusal('there is nothing to replace: its first argument is empty');
  chargeSearch(text.length, from, host.charge);
  const pieces = text.split(from);
  host.charge(pieces.length * to.length);
  return pieces.join(to);
}

/** Functions on text and lists, as Liquid names them. */
export const textFunctions: Readonly<Record<string, TemplateFunction>> = {
  default: { least: 1, most: 1, run: (value, [other]) => (isNothing(value) ? other : value) },
  downcase: onText((text) => text.toLowerCase()),
  upcase: onText((text) => text.toUpperCase()),
  strip: onText((text) => text.trim()),
  first: { least: 0, most: 0, run: (value) => listOf(value)[0] },
  last: { least: 0, most: 0, run: (value) => listOf(value).at(-1) },
  size: { least: 0, most: 0, run: (value) => (Array.isArray(value) ? value.length : textOf(value).length) },
  join: { least: 1, most: 1, run: (value, [separator], host) => joined(value, textOf(separator), host) },
  append: {
    least: 1,
    most: 1,
    run(value, [more], host) {
      const [text, end] = [textOf(value), textOf(more)];
      host.charge(text.length + end.length);
      return text + end;
    },
  },
  prepend: {
    least: 1,
    most: 1,
    run(value, [before], host) {
      const [text, start] = [textOf(value), textOf(before)];
      host.charge(text.length + start.length);
      return start + text;
    },
  },
  replace: { least: 2, most: 2, run: (value, [from, to], host) => replaced(value, textOf(from), textOf(to), host) },
  remove: { least: 1, most: 1, run: (value, [what], host) => replaced(value, textOf(what), '', host) },
  slice: {
    least: 2,
    most: 2,
    run(value, [start, length], host) {
      const [from, count] = [wholeNumber(start), wholeNumber(length)];
      const parts = Array.isArray(value) ? (value as readonly unknown[]) : Array.from(textOf(value));
      host.charge(parts.length);
      const begin = from < 0 ? Math.max(parts.length + from, 0) : from;
      const cut = parts.slice(begin, begin + Math.max(count, 0));
      return Array.isArray(value) ? cut : cut.join('');
    },
  },
};
