import { messageOf } from '../../../lib/errors.ts';
import type { VaultProblem } from '../vault.ts';

/** What came of a call, before it is said what was asked: clauses without a full stop. */
export interface Finding {
  readonly code: VaultProblem['code'];
  /** What is wrong. */
  readonly what: string;
  /** What to do. */
  readonly advice: string;
  /** A whole sentence: what a server answered. */
  readonly answered?: string;
  readonly afterMs?: number;
  readonly cause?: unknown;
}

/** `error`, or what it was made from, where it is of that class. */
export function findCause<T extends Error>(error: unknown, type: abstract new (...args: never[]) => T): T | undefined {
  // Bounded: a cause may be its own.
  for (let depth = 0, at = error; depth < 8 && at instanceof Error; depth += 1, at = at.cause) {
    if (at instanceof type) return at;
  }
  return undefined;
}

/** The messages of an error and of what it was made from. */
export function wordsOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error ? `${messageOf(error)} ${messageOf(cause)}` : messageOf(error);
}
