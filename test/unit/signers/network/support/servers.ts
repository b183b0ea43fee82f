import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A server of a test, what it was asked, and how many connections it took. */
export interface TestServer {
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  readonly connections: () => number;
  /** Cuts every connection there is. */
  readonly cut: () => void;
}

/** Lets a server listen on loopback until the test ends. */
export async function listen(t: TestContext, server: Server, host = '127.0.0.1'): Promise<Omit<TestServer, 'requests'>> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    // A client may end a connection in any way.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    cut();
    server.close();
  });
  server.listen(0, host);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, connections: () => connections, cut };
}

/** Starts an HTTP server. */
export async function httpServer(t: TestContext, answer: RequestListener = answerOk, host?: string): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createHttp((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  return { ...(await listen(t, server, host)), requests };
}

/** Starts an HTTPS server. */
export async function httpsServer(
  t: TestContext,
  options: ServerOptions,
  answer: RequestListener = answerOk,
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createHttps(options, (request, response) => {
    requests.push(request);
    answer(request, response);
  });
  // What a client that does not believe the certificate leaves behind.
  server.on('tlsClientError', () => undefined);
  return { ...(await listen(t, server)), requests };
}

/** Answers with what it was asked. */
export const answerOk: RequestListener = (request, response) => {
  response.end(`${request.method} ${request.url}`);
};
