import type { Clock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';

/** Where text goes; process streams are such, and so are collectors in tests. */
export interface TextSink {
  write(text: string): unknown;
  /** Whether a person reads along: true for a terminal. */
  readonly isTTY?: boolean;
}

/** What the commands get of the process they run in, and nothing else: none of them reads `process`. */
export interface CliDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Aborted at SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** The program's own version, for `--version` and health pages. */
  readonly version: string;
  /** How this program was called, for commands to copy: `bin/external-issuer`. */
  readonly invocation: string;
  /** Of the Node.js that runs this: `v24.21.0`. */
  readonly nodeVersion: string;
  /** Sets what the process exits with once nothing is left to do. */
  setExitCode(code: number): void;
}

/** A command was called in a way it does not take: exit code 2. The message names the option and the fix. */
export function usageError(message: string, options?: ErrorOptions): CodedError<'Usage'> {
  return new CodedError('Usage', message, options);
}

/** What a command set out to do cannot be done: exit code 1. The message says what, where and what to do. */
export function commandFailure(message: string, options?: ErrorOptions): CodedError<'Failed'> {
  return new CodedError('Failed', message, options);
}
