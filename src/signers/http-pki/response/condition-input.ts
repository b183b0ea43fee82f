import type { ReadAnswer } from './contract.ts';

const longestInput = 65_536;
/** Elements of the longest list times characters: what one comprehension may look at. */
const comprehensionBudget = 4 * 1024 * 1024;

/** The variables of a condition, as CEL takes them. */
export interface ConditionInput {
  readonly status: bigint;
  readonly body: unknown;
  readonly text: string;
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * What of an answer a condition sees: 64 KiB of text, and the body if it has no more bytes, else null. A comprehension may do with the
 * whole text for each element of a list or each header, so it sees less where there are many.
 */
export function measureInput(answer: ReadAnswer, hasComprehension: boolean): ConditionInput {
  const { status, headers, text } = answer;
  const body = answer.body.length > longestInput ? null : answer.document;
  const input = { status: BigInt(status), headers, body, text: text.slice(0, longestInput) };
  if (!hasComprehension) return input;
  const length = longestOf(body);
  const isTooMuch = length * answer.body.length > comprehensionBudget;
  const mostElements = Math.max(headers.size, isTooMuch ? 0 : length, 64);
  return { ...input, body: isTooMuch ? null : body, text: text.slice(0, comprehensionBudget / mostElements) };
}

/** The entries of the longest list or mapping in a document. */
function longestOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const entries = Object.values(value);
  return entries.reduce<number>((longest, entry) => Math.max(longest, longestOf(entry)), entries.length);
}
