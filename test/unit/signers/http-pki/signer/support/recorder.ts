import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A request as a server got it, body whole. */
export interface Recorded {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Names and values as they came, in pairs. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** What a server answers; a function answers by itself, or never. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
export type Answer = Reply | 'never' | 'reset';

/** A CA of a test: a small HTTP server that records what it is asked. */
export interface Recorder {
  readonly url: string;
  readonly requests: readonly Recorded[];
  /** Those to one path. */
  to(path: string): readonly Recorded[];
  readonly openSockets: () => number;
  /** Stops to listen, and cuts what is open: who connects is refused. */
  close(): Promise<void>;
  /** Listens again, at the same address. */
  reopen(): Promise<void>;
}

export type Respond = (request: Recorded, count: number) => Answer | Promise<Answer>;

/** Starts a server on loopback that ends with the test. @param respond is given how many requests to this path came before. */
export async function recorder(t: Pick<TestContext, 'after'>, respond: Respond, tls?: ServerOptions): Promise<Recorder> {
  const requests: Recorded[] = [];
  let sockets = 0;
  const listener: RequestListener = (request, response) => void serve(request, response);
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket) => {
    sockets += 1;
    socket.on('error', () => undefined);
    socket.once('close', () => (sockets -= 1));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers, rawHeaders } = request;
    const path = url.split('?', 1)[0] ?? '';
    const count = requests.filter((other) => other.path === path).length;
    const recorded = { method, url, path, headers, rawHeaders, body: Buffer.concat(chunks).toString('latin1') };
    requests.push(recorded);
    const answer = await respond(recorded, count);
    if (answer === 'never') return;
    if (answer === 'reset') return void request.socket.destroy();
    response.writeHead(answer.status ?? 200, { ...answer.headers });
    response.end(answer.body ?? '');
  }

  async function listen(port: number): Promise<number> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
  const port = await listen(0);
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  t.after(close);
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    to: (path) => requests.filter((request) => request.path === path),
    openSockets: () => sockets,
    close,
    reopen: async () => void (await listen(port)),
  };
}

/** A JSON answer. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
