import type { ConditionCost } from './condition-cost.ts';
import type { ReadAnswer } from './contract.ts';

const longestInput = 65_536;
/** Characters that all operations of a condition may look at together. */
const mostWork = 8 * 1024 * 1024;
/** Parts of an expression that may be evaluated for all entries of a list together. */
const mostSteps = 16_000;

/** The variables of a condition, as CEL takes them. */
export interface ConditionInput {
  readonly status: bigint;
  readonly body: unknown;
  readonly text: string;
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * What of an answer a condition sees: 64 KiB of text, and the body if it has no more bytes, else null. Undefined where the condition would
 * do too much with it: something for each entry of a long list.
 */
export function measureInput(answer: ReadAnswer, cost: ConditionCost): ConditionInput | undefined {
  const { status, headers, text } = answer;
  const body = answer.body.length > longestInput ? null : answer.document;
  const input = { status: BigInt(status), headers, body, text: text.slice(0, longestInput) };
  const count = entriesOf(cost, input);
  const isTooMuch = count * cost.steps > mostSteps || (cost.once + count * cost.repeated) * sizeOf(answer) > mostWork;
  return isTooMuch ? undefined : input;
}

function entriesOf({ entries }: ConditionCost, { body, headers }: ConditionInput): number {
  if (entries === undefined) return 0;
  if ('written' in entries) return entries.written;
  return Math.max(entries.of.includes('body') ? longestOf(body) : 0, entries.of.includes('headers') ? headers.size : 0);
}

/** The most characters that one value of a condition has. */
function sizeOf({ body }: ReadAnswer): number {
  return Math.min(body.length, longestInput);
}

/** The entries of the longest list or mapping in a document. */
function longestOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const entries = Object.values(value);
  return entries.reduce<number>((longest, entry) => Math.max(longest, longestOf(entry)), entries.length);
}
