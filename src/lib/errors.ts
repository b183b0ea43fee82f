/**
 * An error that a caller may have to tell apart: a stable `code`, a message for people (what is wrong, where, what
 * to do) and the `cause` it came from. Modules narrow `Code` to the union of the codes they raise.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** The message of anything that was thrown, for a log line or a status; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
