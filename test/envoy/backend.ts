import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service behind a gateway, HTTP/1.1 on 127.0.0.1. */
export interface Backend {
  readonly port: number;
  close(): Promise<void>;
}

/** The path of an answer that goes on until the client leaves; every other path is answered at once, with `ok`. */
export const streamPath = '/stream';
/** How often a stream brings a line. */
const streamPaceMs = 20;

/** Starts the service on a free port. */
export async function startBackend(): Promise<Backend> {
  const server = createServer((request, response) => {
    if (request.url !== streamPath) {
      response.end('ok');
      return;
    }
    const timer = setInterval(() => response.write('tick\n'), streamPaceMs);
    response.on('close', () => clearInterval(timer));
  });
  // A proxy may send a request at the very moment in which a server closes an idle connection.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
