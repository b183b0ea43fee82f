import { createServer, type RequestListener, type Server } from 'node:http';
import { formatListenAddress, type ListenAddress } from '../lib/listen-address.ts';

/** A server that listens. */
export interface Listening {
  /** Where, with the port that was found where any free one was asked for. */
  readonly address: string;
  close(): Promise<void>;
}

/** Starts a plain HTTP server for probes and scrapes; rejects where the address cannot be had. */
export async function listen(address: ListenAddress, handler: RequestListener): Promise<Listening> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 }, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, resolve);
  });
  return { address: addressOf(server), close: () => closeServer(server) };
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
