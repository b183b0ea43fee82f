import { request, type Dispatcher } from 'undici';
import { messageOf } from '../lib/errors.ts';
import { apiErrorOf, KubeApiError } from './api-error.ts';
import type { Connection } from './connection.ts';
import { readLines } from './lines.ts';

/** Milliseconds within which the API server must begin to answer; its own limit for a request is 60 s. */
const requestTimeoutMs = 65_000;
/** Bytes of one answer: etcd keeps no object over 1.5 MiB, and a page has 500 at most. */
const maxResponseBytes = 256 * 1024 * 1024;

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
  readonly signal?: AbortSignal | undefined;
}

/** Sends requests over a connection; whatever goes wrong comes back as a {@link KubeApiError}. */
export interface Transport {
  json<T>(exchange: Exchange): Promise<T>;
  lines(exchange: Exchange): AsyncIterable<string>;
}

/** Makes a transport that asks the connection for its credentials with each request. */
export function createTransport(connection: Connection, userAgent: string): Transport {
  async function send(exchange: Exchange): Promise<Dispatcher.ResponseData> {
    const query = Object.fromEntries(Object.entries(exchange.query ?? {}).filter(([, value]) => value !== undefined));
    try {
      const [dispatcher, authorization] = await Promise.all([connection.dispatcher(), connection.authorization()]);
      const response = await request(`${connection.server}${exchange.path}`, {
        dispatcher,
        method: exchange.method,
        query,
        headers: {
          accept: exchange.accept ?? 'application/json',
          'user-agent': userAgent,
          ...(authorization === undefined ? {} : { authorization }),
          ...(exchange.body === undefined ? {} : { 'content-type': exchange.contentType ?? 'application/json' }),
        },
        body: exchange.body === undefined ? null : JSON.stringify(exchange.body),
        headersTimeout: requestTimeoutMs,
        bodyTimeout: exchange.bodyTimeoutMs ?? requestTimeoutMs,
        ...(exchange.signal === undefined ? {} : { signal: exchange.signal }),
      });
      if (response.statusCode < 300) return response;
      if (response.statusCode === 401) connection.refused();
      throw apiErrorOf(
        exchange.what,
        response.statusCode,
        parseJson(await response.body.text()),
        headerOf(response, 'retry-after'),
      );
    } catch (error) {
      if (error instanceof KubeApiError) throw error;
      exchange.signal?.throwIfAborted();
      throw unreachable(exchange.what, error);
    }
  }

  async function json<T>(exchange: Exchange): Promise<T> {
    const response = await send(exchange);
    try {
      if (Number(headerOf(response, 'content-length') ?? 0) > maxResponseBytes) throw new Error('the answer is too large');
      return (await response.body.json()) as T;
    } catch (error) {
      exchange.signal?.throwIfAborted();
      throw unreachable(exchange.what, error);
    }
  }

  async function* lines(exchange: Exchange): AsyncGenerator<string> {
    const response = await send(exchange);
    try {
      yield* readLines(response.body);
    } catch (error) {
      exchange.signal?.throwIfAborted();
      throw unreachable(exchange.what, error);
    } finally {
      response.body.destroy();
    }
  }

  return { json, lines };
}

function unreachable(what: string, cause: unknown): KubeApiError {
  return new KubeApiError('Unreachable', 0, `${what}: no answer from the API server: ${messageOf(cause)}`, { cause });
}

function headerOf(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 200) };
  }
}
