import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a TCP server on this machine that a test can break and mend. */
export interface TcpProxy {
  /** Where to connect to instead: `127.0.0.1:40001`, `[::1]:40001`. */
  readonly address: string;
  /** Resets every connection; new ones are taken. Gives how many there were. */
  cut(): number;
  /** From now on nothing is forwarded, neither way; connections are still taken, and hear nothing. */
  hold(): void;
  /** Forwards again, what was held back first. */
  release(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of `host`, an address of this machine, to a port of 127.0.0.1. */
export async function startTcpProxy(targetPort: number, host = '127.0.0.1'): Promise<TcpProxy> {
  /** Each connection taken, and the one it is forwarded to: none yet where it was taken while nothing is forwarded. */
  const pairs = new Map<Socket, Socket | undefined>();
  let held = false;

  function link(client: Socket, known: Socket | undefined): void {
    const server = known ?? connect(targetPort, '127.0.0.1');
    pairs.set(client, server);
    if (known === undefined) guard(server, client);
    client.pipe(server);
    server.pipe(client);
  }

  /** A connection that ends well ends the other one by way of its pipe, and one that breaks breaks the other. */
  function guard(socket: Socket, other: Socket | undefined): void {
    socket.on('error', () => undefined);
    socket.once('close', (broken) => (broken ? (other ?? pairs.get(socket))?.destroy() : undefined));
  }

  const listener = createServer({ pauseOnConnect: true }, (client) => {
    pairs.set(client, undefined);
    guard(client, undefined);
    client.once('close', () => pairs.delete(client));
    if (!held) link(client, undefined);
  });
  listener.listen(0, host);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  function cut(): number {
    const count = pairs.size;
    for (const [client, server] of pairs) {
      client.resetAndDestroy();
      server?.destroy();
    }
    return count;
  }

  return {
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    cut,
    hold() {
      held = true;
      for (const [client, server] of pairs) {
        client.unpipe().pause();
        server?.unpipe().pause();
      }
    },
    release() {
      held = false;
      for (const [client, server] of pairs) link(client, server);
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      cut();
      await closed;
    },
  };
}
