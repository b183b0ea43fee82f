import { errors, type Dispatcher } from 'undici';
import { systemClock, type Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import { messageOf } from '../lib/errors.ts';
import { apiErrorOf, KubeApiError } from './api-error.ts';
import type { Connection } from './connection.ts';
import { readLines } from './lines.ts';

/** Milliseconds for a whole request, or until a stream begins; the API server's own limit is 60 s. */
const requestTimeoutMs = 65_000;
/** Bytes of one answer; etcd keeps no object over 1.5 MiB. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** One request to the API server. */
export interface Exchange {
  /** What is asked, for error messages: `get secrets pki/ca`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Record<string, string | number | boolean | undefined>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  /** Milliseconds that the answer may pause for. */
  readonly bodyTimeoutMs?: number;
  /** Called when a stream has begun: the server has answered, and its lines may come. */
  readonly onOpen?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends requests over a connection. Whatever goes wrong comes back as a {@link KubeApiError}; only an abort comes back
 * as the reason of its signal.
 */
export interface Transport {
  json<T>(exchange: Exchange): Promise<T>;
  /** The lines of a stream. One that is silent for `bodyTimeoutMs` ends as if the server had ended it. */
  lines(exchange: Exchange): AsyncIterable<string>;
}

/** Makes a transport that asks the connection for its credentials with each request. */
export function createTransport(connection: Connection, userAgent: string, clock: Clock = systemClock): Transport {
  const { origin, pathname } = new URL(connection.server);
  const prefix = pathname === '/' ? '' : pathname;

  async function send(exchange: Exchange, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    refuseOtherPlaces(exchange);
    const [dispatcher, authorization] = await Promise.all([connection.dispatcher(), connection.authorization()]);
    const response = await dispatcher.request({
      origin,
      path: `${prefix}${exchange.path}`,
      method: exchange.method,
      query: Object.fromEntries(Object.entries(exchange.query ?? {}).filter(([, value]) => value !== undefined)),
      headers: {
        accept: exchange.accept ?? 'application/json',
        'user-agent': userAgent,
        ...(authorization === undefined ? {} : { authorization }),
        ...(exchange.body === undefined ? {} : { 'content-type': exchange.contentType ?? 'application/json' }),
      },
      body: exchange.body === undefined ? null : JSON.stringify(exchange.body),
      headersTimeout: requestTimeoutMs,
      bodyTimeout: exchange.bodyTimeoutMs ?? requestTimeoutMs,
      signal,
    });
    if (response.statusCode < 300) return response;
    if (response.statusCode === 401) connection.refused();
    const status = parseJson(await readText(exchange.what, response));
    throw apiErrorOf(exchange.what, response.statusCode, status, headerOf(response, 'retry-after'));
  }

  async function json<T>(exchange: Exchange): Promise<T> {
    const ask = async (signal: AbortSignal): Promise<T> => {
      const response = await send(exchange, signal);
      const value = parseJson(await readText(exchange.what, response));
      if (value !== undefined) return value as T;
      const type = headerOf(response, 'content-type') ?? 'none';
      throw new KubeApiError(
        'Other',
        response.statusCode,
        `${exchange.what}: the answer is not JSON but of content type ${type}; something other than the API server may have answered`,
      );
    };
    return await withDeadline(clock, requestTimeoutMs, ask, exchange.signal).catch((error: unknown) => refuse(exchange, error));
  }

  async function* lines(exchange: Exchange): AsyncGenerator<string> {
    const { signal } = exchange;
    const open = async (limit: AbortSignal): Promise<Dispatcher.ResponseData> =>
      await send(exchange, signal === undefined ? limit : AbortSignal.any([limit, signal]));
    try {
      const response = await withDeadline(clock, requestTimeoutMs, open, signal);
      exchange.onOpen?.();
      yield* readLines(response.body);
    } catch (error) {
      if (!(error instanceof errors.BodyTimeoutError)) refuse(exchange, error);
    }
  }

  return { json, lines };
}

function refuse({ what, signal }: Exchange, error: unknown): never {
  if (error instanceof KubeApiError) throw error;
  signal?.throwIfAborted();
  throw new KubeApiError('Unreachable', 0, `${what}: no answer from the API server: ${messageOf(error)}`, { cause: error });
}

/** The name `..` leads to another resource and an empty one to the list of all; nothing can have such a name. */
function refuseOtherPlaces({ what, path }: Exchange): void {
  if (/\/\.{0,2}(\/|$)/.test(path)) throw new KubeApiError('NotFound', 0, `${what}: no object can have that name`);
}

async function readText(what: string, { statusCode, body }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxAnswerBytes) {
      throw new KubeApiError('TooLarge', statusCode, `${what}: the answer exceeds ${maxAnswerBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headerOf(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Undefined for what is not JSON. The parser's own message is dropped: it quotes the text, which may be a Secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
