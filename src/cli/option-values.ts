import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../lib/duration.ts';
import type { RawOption } from '../lib/raw-option.ts';
import { usageError } from './deps.ts';

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** An option that is false where it is not given, true where it is given alone, and takes true, 1, false or 0. */
export function booleanOption(name: string, description: string): Option {
  return new Option(`--${name} [boolean]`, description).default('false').preset('true').argParser(checkBoolean);
}

/** As commander says what is wrong with the value of a flag; the text is read with the other options. */
function checkBoolean(text: string): string {
  if (!truths.has(text)) throw new InvalidArgumentError('Write true or false.');
  return text;
}

/** @throws {CodedError} `Usage`, which names the option or the variable. */
export function booleanOf({ value, from }: RawOption): boolean {
  const truth = truths.get(value);
  if (truth === undefined) throw usageError(`${from}: "${value}" is neither true nor false`);
  return truth;
}

/** Milliseconds that an option says as `10m`, `24h`, `90d`. @throws {CodedError} `Usage`, which names the option */
export function durationOf(option: string, text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw usageError(`${option}: ${parsed.error}`);
  return parsed.value;
}

/** The entries of a comma-separated list; empty ones are left out. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
