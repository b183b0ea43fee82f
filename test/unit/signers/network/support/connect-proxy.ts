import { createServer, request as ask } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { listen } from './servers.ts';

/** A proxy of a test. */
export interface TestProxy {
  readonly port: number;
  /** `CONNECT host:port` and `GET http://…`, in order. */
  readonly seen: readonly string[];
  /** What Proxy-Authorization was in each. */
  readonly credentials: readonly (string | undefined)[];
}

export interface ProxyOptions {
  /** The credential that it wants, as `user:password`. */
  readonly credential?: string;
  /** A status in place of each tunnel; 0: no answer at all. */
  readonly status?: number;
  /** The address of loopback that it is at. Default: 127.0.0.1. */
  readonly at?: string;
}

/** Where every target is, whatever its name. */
const onward = '127.0.0.1';

/** A forward proxy: CONNECT for tunnels, whole URLs for the rest. */
export async function connectProxy(t: TestContext, options: ProxyOptions = {}): Promise<TestProxy> {
  const seen: string[] = [];
  const credentials: (string | undefined)[] = [];
  const wanted = options.credential === undefined ? undefined : `Basic ${Buffer.from(options.credential).toString('base64')}`;
  const outgoing = new Set<Socket>();
  t.after(() => {
    for (const socket of outgoing) socket.destroy();
  });

  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    if (wanted !== undefined && request.headers['proxy-authorization'] !== wanted) {
      response.writeHead(407).end();
      return;
    }
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const target = new URL(request.url ?? '');
    const path = target.pathname + target.search;
    const forward = ask({ host: onward, port: target.port, path, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forward);
  });
  server.on('connect', (request, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    const denied = wanted !== undefined && request.headers['proxy-authorization'] !== wanted ? 407 : options.status;
    if (denied === 0) return;
    if (denied !== undefined) {
      socket.end(`HTTP/1.1 ${denied} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = connect(Number(request.url?.split(':').at(-1)), onward, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    outgoing.add(target);
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  const { port } = await listen(t, server, options.at);
  return { port, seen, credentials };
}
