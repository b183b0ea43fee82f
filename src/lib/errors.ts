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

/** The message of anything that was thrown, for a log line or a status; never a stack, and never empty for an Error. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  // Node tries all addresses of a host and reports one error for each, together without a message.
  const each: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return each.map(messageOf).join('; ') || error.name;
}
