import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import { formatListenAddress, type ListenAddress } from '../lib/listen-address.ts';
import type { IncomingRequest } from './handler.ts';
import type { Logger } from '../lib/log.ts';
import { readBody } from './read-body.ts';
import type { Reply } from './reply.ts';

/** A server that listens. */
export interface RunningServer {
  /** The real address: `127.0.0.1:34567`. */
  readonly address: string;
  /** Takes no more connections and waits for the requests under way, `drainMs` at most; then cuts them. */
  stop(drainMs: number): Promise<void>;
}

export interface ServerOptions {
  readonly listen: ListenAddress;
  /** PEM; absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** How long an answer may be held back on purpose, beside the ordinary time limit. */
  readonly latencyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly answer: (request: IncomingRequest) => Promise<Reply>;
}

/**
 * Starts listening. Limits: 30 s to send a request, 30 s without progress of an answer, 60 s for an idle connection, 1000
 * connections.
 * @throws {CodedError} `ListenFailed`, `TlsInvalid`
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { listen } = options;
  const server = create(
    options,
    (request, response) => void serve(request, response, { ...options, stopping: () => !server.listening }),
  );
  server.requestTimeout = 30_000;
  server.headersTimeout = 30_000;
  server.keepAliveTimeout = 60_000;
  server.timeout = 30_000 + options.latencyMs;
  server.maxConnections = 1000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const address = formatListenAddress(listen.host ?? '', listen.port);
      reject(
        new CodedError('ListenFailed', `cannot listen on ${address}: ${messageOf(cause)}; choose another --addr`, { cause }),
      );
    });
    server.listen({ port: listen.port, ...(listen.host === undefined ? {} : { host: listen.host }) }, resolve);
  });
  server.on('error', (error) => options.log.error({ error: error.message }, 'server failed'));
  const { address, port } = server.address() as AddressInfo;
  return {
    address: formatListenAddress(address, port),
    async stop(drainMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function create({ tls }: ServerOptions, listener: RequestListener): Server {
  if (tls === undefined) return createServer(listener);
  try {
    const { cert, key, clientCa: ca } = tls;
    const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
    return createTlsServer({ cert, key, ...clients, minVersion: 'TLSv1.2' }, listener);
  } catch (cause) {
    throw new CodedError(
      'TlsInvalid',
      `--tls-cert-file, --tls-key-file or --tls-client-ca-file cannot be used: ${messageOf(cause)}`,
      { cause },
    );
  }
}

interface ServeOptions extends ServerOptions {
  readonly stopping: () => boolean;
}

async function serve(request: IncomingMessage, response: ServerResponse, options: ServeOptions): Promise<void> {
  const { answer, clock, log, stopping } = options;
  const startedAt = clock.monotonic();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.on('error', () => gone.abort());
  const method = request.method ?? '';
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const requester = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const event = { method, path: path.slice(0, 200), requester };
  try {
    const headers = request.headers as Readonly<Record<string, string | undefined>>;
    const reply = await answer({
      method,
      path,
      headers,
      requester,
      signal: gone.signal,
      readBody: async () => readBody(request),
    });
    if (gone.signal.aborted) return;
    response.writeHead(reply.status, {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Length': reply.padTo ?? Buffer.byteLength(reply.body),
      ...(stopping() ? { Connection: 'close' } : {}),
      ...reply.headers,
    });
    await send(response, reply, gone.signal);
    const isProbe = path === '/health' || path === '/healthz' || path === '/readyz';
    const { code, error, details } = reply.problem ?? {};
    const problem = code === undefined ? {} : { code, error, details };
    log[isProbe ? 'debug' : 'info'](
      { ...event, status: reply.status, ms: Math.round(clock.monotonic() - startedAt), ...problem },
      'request',
    );
  } catch (error) {
    // Only what happens after the client has gone comes here.
    log.debug({ ...event, error: messageOf(error) }, 'client has gone');
    response.destroy();
  }
}

const padding = Buffer.alloc(64 * 1024, ' ');

/** Sends the body, or on purpose more or less of it. */
async function send(response: ServerResponse, { body, padTo, cutAfter }: Reply, gone: AbortSignal): Promise<void> {
  if (cutAfter !== undefined) {
    response.write(Buffer.from(body).subarray(0, cutAfter), () => response.destroy());
    return;
  }
  if (padTo === undefined) {
    response.end(body);
    return;
  }
  response.write(body);
  for (let left = padTo - Buffer.byteLength(body); left > 0 && !gone.aborted; left -= padding.length) {
    if (!response.write(padding.subarray(0, Math.min(left, padding.length)))) {
      await once(response, 'drain', { signal: gone }).catch(() => undefined);
    }
  }
  response.end();
}
