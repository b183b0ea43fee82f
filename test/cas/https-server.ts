import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { messageOf } from '../../src/lib/errors.ts';

/** A request, read to its end. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The client's certificate, DER, where it has shown one that a CA of `clientCaPems` signed. */
  readonly clientCertificate: Buffer | undefined;
}

/** What it is answered. */
export interface ServedReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server of this process. */
export interface TestServer {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Client certificates are asked for, and told apart where one of these CAs signed them; none is demanded by TLS itself. */
  readonly clientCaPems?: readonly string[];
  answer(request: ServedRequest): Promise<ServedReply>;
}

async function read(request: IncomingMessage): Promise<ServedRequest> {
  const url = new URL(request.url ?? '/', 'https://server');
  const socket = request.socket as TLSSocket;
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers as Readonly<Record<string, string | undefined>>,
    body: await buffer(request),
    clientCertificate: socket.authorized ? socket.getPeerCertificate().raw : undefined,
  };
}

/** Starts a server with TLS 1.2 or newer on 127.0.0.1 for as long as this process needs it; it does not keep the process alive. */
export async function startTestServer({ certificate, key, clientCaPems, answer }: TestServerOptions): Promise<TestServer> {
  const client = clientCaPems === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: [...clientCaPems] };
  const server = createServer({ cert: certificate, key, minVersion: 'TLSv1.2', ...client }, (request, response) => {
    void (async () => {
      let reply: ServedReply;
      try {
        reply = await answer(await read(request));
      } catch (error) {
        reply = { status: 500, body: `the test server failed: ${messageOf(error)}` };
      }
      response.writeHead(reply.status, { 'Content-Length': Buffer.byteLength(reply.body), ...reply.headers });
      response.end(reply.body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
