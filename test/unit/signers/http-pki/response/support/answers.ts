import assert from 'node:assert/strict';
import type { Result } from '../../../../../../src/lib/result.ts';
import type { ReadAnswer } from '../../../../../../src/signers/http-pki/response/contract.ts';
import { readAnswer } from '../../../../../../src/signers/http-pki/response/read-answer.ts';

/** What an answer has besides its body. */
export interface AnswerParts {
  readonly status?: number;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
}

/** An answer of a CA; a body that is no text and no bytes is sent as JSON. */
export function answerOf(body: unknown, { status = 200, headers = {}, type }: AnswerParts = {}): ReadAnswer {
  const isText = typeof body === 'string';
  const isBytes = body instanceof Uint8Array;
  const contentType = type ?? (isText || isBytes ? undefined : 'application/json');
  const all = { ...headers, ...(contentType === undefined ? {} : { 'content-type': contentType }) };
  return readAnswer({
    status,
    headers: new Map(Object.entries(all)),
    body: isBytes ? body : new TextEncoder().encode(isText ? body : JSON.stringify(body)),
    url: new URL('https://pki.example.com/sign'),
  });
}

/** The value of a result that must be good. */
export function good<T>(result: Result<T, unknown>): T {
  assert.ok(result.ok, `not good: ${result.ok ? '' : JSON.stringify(result.error)}`);
  return result.value;
}

/** The error of a result that must be bad. */
export function bad<E>(result: Result<unknown, E>): E {
  assert.ok(!result.ok, 'it is good');
  return result.error;
}

/** Runs something that must end soon, however hostile its input; gives what it gives. */
export function within<T>(milliseconds: number, run: () => T): T {
  const started = performance.now();
  const value = run();
  const took = performance.now() - started;
  assert.ok(took < milliseconds, `took ${Math.round(took)} ms`);
  return value;
}
