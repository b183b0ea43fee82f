import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { formatListenAddress, type ListenAddress } from '../lib/listen-address.ts';
import type { ServingCertificate } from './serving-certificate.ts';

/** A server that listens. */
export interface Listening {
  /** Where, with the port that was found where any free one was asked for. */
  readonly address: string;
  close(): Promise<void>;
}

const limits = { requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 };

/** Starts an HTTP server for probes and scrapes, over TLS where it has a certificate; rejects where the address cannot be had. */
export async function listen(
  address: ListenAddress,
  handler: RequestListener,
  certificate?: ServingCertificate,
): Promise<Listening> {
  const { server, stop } = certificate === undefined ? plain(handler) : encrypted(handler, certificate);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, resolve);
  });
  return {
    address: addressOf(server),
    async close() {
      stop();
      await closeServer(server);
    },
  };
}

interface Unbound {
  readonly server: Server;
  readonly stop: () => void;
}

function plain(handler: RequestListener): Unbound {
  return { server: createServer(limits, handler), stop: () => undefined };
}

function encrypted(handler: RequestListener, certificate: ServingCertificate): Unbound {
  const server = createTlsServer({ ...limits, handshakeTimeout: 10_000, ...certificate.first }, handler);
  const stop = new AbortController();
  void certificate.follow((next) => server.setSecureContext(next), stop.signal);
  return { server, stop: () => stop.abort() };
}

function addressOf(server: Server): string {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? formatListenAddress(bound.address, bound.port) : String(bound);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
