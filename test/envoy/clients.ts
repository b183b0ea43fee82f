import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { streamPath } from './backend.ts';

/** Whom clients talk to. They check its chain and its name, as browsers do. */
export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The name asked for (SNI), which the certificate must have. */
  readonly host: string;
  /** PEM of the root that they trust. */
  readonly ca: string;
  /** The client's own certificate and key, PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/** One client with a connection that it keeps, or with none. */
export interface Client {
  /** Sends one request and reads the answer; gives the serial number of the certificate on its connection, hexadecimal. */
  ask(): Promise<string>;
  close(): void;
}

/** Makes a connection for each request. */
export function newConnectionClient(target: Target): Client {
  return { ask: async () => await ask(target, false, serialOf), close: () => undefined };
}

/** Sends all requests on one HTTP/1.1 connection; fails where that is closed. */
export function keptConnectionClient(target: Target): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let first: { readonly socket: TLSSocket; readonly serial: string } | undefined;
  return {
    async ask() {
      return await ask(target, agent, (socket) => {
        // Only for the first request does Node still know the certificate of the other side.
        first ??= { socket, serial: serialOf(socket) };
        if (socket !== first.socket) throw new Error('the kept connection was closed, and this is another');
        return first.serial;
      });
    },
    close: () => agent.destroy(),
  };
}

async function ask(target: Target, agent: Agent | false, certificateOf: (socket: TLSSocket) => string): Promise<string> {
  const { port, host, ...tls } = target;
  const asking = request({ host: '127.0.0.1', port, servername: host, headers: { host }, agent, timeout: 5000, ...tls });
  asking.on('timeout', () => asking.destroy(new Error('no answer within 5 s')));
  asking.end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const serial = certificateOf(answer.socket as TLSSocket);
  const body = (await answer.toArray()).join('');
  if (answer.statusCode !== 200 || body !== 'ok') throw new Error(`the answer is ${answer.statusCode} ${body.slice(0, 200)}`);
  return serial;
}

/** Sends all requests on one HTTP/2 connection; fails where that is closed. */
export async function http2Client(target: Target): Promise<Client> {
  const { port, host, ca } = target;
  const socket = connectTls({ host: '127.0.0.1', port, servername: host, ca, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const serial = serialOf(socket);
  const session = connectHttp2(`https://${host}`, { createConnection: () => socket });
  let ended: unknown;
  session.on('error', (error) => (ended = error));
  session.on('goaway', (code) => (ended = new Error(`the gateway said GOAWAY ${code}`)));
  return {
    async ask() {
      if (ended !== undefined || session.closed) throw new Error('the kept HTTP/2 connection was closed', { cause: ended });
      const asking = session.request({ ':path': '/' });
      const [headers] = (await once(asking, 'response')) as [{ ':status'?: number }];
      const body = (await asking.toArray()).join('');
      if (headers[':status'] !== 200 || body !== 'ok') throw new Error(`the answer is ${headers[':status']} ${body}`);
      return serial;
    },
    close: () => session.destroy(),
  };
}

/** A long answer that is being read. */
export interface Stream {
  /** Lines so far. */
  readonly lines: number;
  /** The longest time without one, in milliseconds. */
  readonly longestGapMs: number;
  /** Why it ended, where it did so by itself. */
  readonly ended: string | undefined;
  close(): void;
}

/** Opens a stream and waits for the first of it. */
export async function openStream({ port, host, ca }: Target): Promise<Stream> {
  const options = { host: '127.0.0.1', port, path: streamPath, servername: host, headers: { host }, ca, agent: false } as const;
  const asking = request(options);
  asking.end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  let [lines, longestGapMs, last] = [0, 0, performance.now()];
  let ended: string | undefined;
  answer.setEncoding('utf8').on('data', (text: string) => {
    lines += text.split('\n').length - 1;
    longestGapMs = Math.max(longestGapMs, performance.now() - last);
    last = performance.now();
  });
  const end = (why: string): void => void (ended ??= why);
  answer.on('error', (error) => end(error.message));
  answer.on('close', () => end('it was closed'));
  return {
    get lines() {
      return lines;
    },
    get longestGapMs() {
      return longestGapMs;
    },
    get ended() {
      return ended;
    },
    close: () => asking.destroy(),
  };
}

function serialOf(socket: TLSSocket): string {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new Error('the connection shows no certificate');
  return certificate.serialNumber;
}
