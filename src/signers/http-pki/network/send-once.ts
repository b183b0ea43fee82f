import type { Dispatcher } from 'undici';
import { err, ok, type Result } from '../../../lib/result.ts';
import { ConnectError } from './connect.ts';

/** What one server answered, before anything is made of it. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Why it did not. */
export interface SendError {
  readonly error: unknown;
  /** Whether the request was begun to be written. */
  readonly sent: boolean;
}

/**
 * Sends one request through `dispatcher`, once: nothing is sent again, whatever happens. Reading ends with the first byte
 * above `maxBytes`, and so does the connection. Rejects only with the reason of `signal`.
 */
export async function sendOnce(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Result<RawAnswer, SendError>> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Result<RawAnswer, SendError>>();
  let controller: Dispatcher.DispatchController | undefined;
  const abort = (): void => {
    reject(signal.reason);
    controller?.abort(new Error('given up'));
  };
  const chunks: Buffer[] = [];
  let status = 0;
  let headers: ReadonlyMap<string, string> = new Map();
  let size = 0;

  const tooLarge = (begun: Dispatcher.DispatchController): void => {
    resolve(err({ error: new ConnectError('CAAnswerTooLarge', answerTooLarge(maxBytes)), sent: true }));
    chunks.length = 0;
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
      if (code >= 200 && Number(headers.get('content-length') ?? 0) > maxBytes) tooLarge(begun);
    },
    onResponseData(begun, chunk) {
      size += chunk.length;
      if (size > maxBytes) tooLarge(begun);
      else chunks.push(chunk);
    },
    onResponseEnd() {
      const answer = ok({ status, headers, body: new Uint8Array(Buffer.concat(chunks)) });
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

function answerTooLarge(maxBytes: number): string {
  return `the answer has more than the ${maxBytes} bytes of network.maxResponseBytes; raise it if the CA's answers are so large`;
}
