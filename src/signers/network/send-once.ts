import type { Dispatcher } from 'undici';
import { err, ok, type Result } from '../../lib/result.ts';
import { type BodyRefusal, createAnswerBody } from './answer-body.ts';
import type { ByteBudget } from './byte-budget.ts';
import { ConnectError } from './connect.ts';

/** What one server answered, before anything is made of it. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** How much of an answer is read. */
export interface ReadLimits {
  readonly maxBytes: number;
  /** What the body takes of it is for the caller to give back. */
  readonly budget: ByteBudget;
}

/** Why it did not. */
export interface SendError {
  readonly error: unknown;
  /** Whether the request was begun to be written. */
  readonly sent: boolean;
}

/**
 * Sends one request through `dispatcher`, once: nothing is sent again, whatever happens. Reading ends with the first byte
 * above the limits, and so does the connection. Rejects only with the reason of `signal`.
 */
export async function sendOnce(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  { maxBytes, budget }: ReadLimits,
  signal: AbortSignal,
): Promise<Result<RawAnswer, SendError>> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Result<RawAnswer, SendError>>();
  let controller: Dispatcher.DispatchController | undefined;
  let isOver = false;
  const abort = (): void => {
    isOver = true;
    reject(signal.reason);
    controller?.abort(new Error('given up'));
  };
  const body = createAnswerBody(maxBytes, budget);
  let status = 0;
  let headers: ReadonlyMap<string, string> = new Map();

  const tooLarge = (begun: Dispatcher.DispatchController, refusal: BodyRefusal): void => {
    isOver = true;
    resolve(err({ error: new ConnectError('CAAnswerTooLarge', refusalWords(refusal, maxBytes)), sent: true }));
    body.drop();
    begun.abort(new Error('too large'));
  };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(begun) {
      controller = begun;
      // It waited for a connection; nobody waits for it any more.
      if (signal.aborted) begun.abort(new Error('given up'));
    },
    onResponseStart(begun, code, fields) {
      // An informational answer (1xx) is followed by another.
      status = code;
      headers = joined(fields);
      if (code >= 200 && Number(headers.get('content-length') ?? 0) > maxBytes) tooLarge(begun, 'too-large');
    },
    onResponseData(begun, chunk) {
      // Who waited for it has given back what it took.
      if (isOver) return;
      const refusal = body.add(chunk);
      if (refusal !== undefined) tooLarge(begun, refusal);
    },
    onResponseEnd() {
      const answer = ok({ status, headers, body: body.whole() });
      // undici frees the connection a turn of the event loop later: who sends the next request before opens another one.
      setImmediate(() => setImmediate(() => resolve(answer)));
    },
    onResponseError(_begun, error) {
      resolve(err({ error, sent: controller !== undefined }));
    },
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    dispatcher.dispatch(options, handler);
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function joined(fields: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  const values = Object.entries(fields).map(([name, value = '']) => {
    return [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value] as const;
  });
  return new Map(values);
}

function refusalWords(refusal: BodyRefusal, maxBytes: number): string {
  if (refusal === 'no-room') {
    return 'the controller reads too much at once: the answers that it holds have no room for this one; see what answers there that is so large, or lower network.maxResponseBytes';
  }
  return `the answer has more than the ${maxBytes} bytes of network.maxResponseBytes; raise it if the CA's answers are so large`;
}
