import { request } from 'node:http';
import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';
import { systemClock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { ConnectError } from './connect.ts';

/** An HTTP proxy, its credential apart from its address. */
export interface Proxy {
  readonly url: URL;
  /** host:port, for messages. */
  readonly where: string;
  /** Header Proxy-Authorization. */
  readonly authorization?: string;
}

/** Reads the address of a proxy; the error is a clause that repeats nothing of it, since it may hold a password. */
export function readProxy(url: URL): Result<Proxy, string> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return err('is not the address of an HTTP proxy; write it as http://proxy.example.com:3128');
  }
  const where = hostAndPort(url);
  if (url.username === '' && url.password === '') return ok({ url, where });
  try {
    const credential = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return ok({ url, where, authorization: `Basic ${Buffer.from(credential).toString('base64')}` });
  } catch {
    return err('has a user name or password that is not percent-encoded UTF-8; write a percent sign as %25');
  }
}

/** host:port of an address, with the port that its scheme has by default. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

/** Connects to the proxy itself: its errors say so, and that nothing reached the CA. */
export function proxyConnector(proxy: Proxy, connect: buildConnector.connector): buildConnector.connector {
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error === null) callback(null, socket);
      else callback(error instanceof ConnectError ? refusedProxy(proxy, error) : unreachable(proxy, error), null);
    });
}

/**
 * Connects to an https target through CONNECT (RFC 9110 section 9.3.6), then does TLS with the target itself.
 * @param toProxy connects to the proxy, checked.
 * @param toTarget does TLS over the tunnel.
 * @param timeoutMs for all of it together.
 */
export function tunnelConnector(
  proxy: Proxy,
  toProxy: buildConnector.connector,
  toTarget: buildConnector.connector,
  timeoutMs: number,
): buildConnector.connector {
  const { hostname, host, protocol, port } = proxy.url;
  const proxyTarget = { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), host, protocol, port };

  async function open(target: buildConnector.Options): Promise<Socket> {
    let tunnelled = false;
    let socket: Socket | undefined;
    let late: Error | undefined;
    try {
      return await withDeadline(systemClock, timeoutMs, async (signal) => {
        signal.addEventListener('abort', () => (late = tooSlow(proxy, tunnelled, timeoutMs)));
        socket = await connected(toProxy, proxyTarget);
        // Too late: nobody will use it.
        if (signal.aborted) socket.destroy();
        signal.throwIfAborted();
        await requestTunnel(socket, `${bracketed(target.hostname)}:${target.port || '443'}`, proxy);
        tunnelled = true;
        return await connected(toTarget, { ...target, httpSocket: socket });
      });
    } catch (error) {
      socket?.destroy();
      throw late ?? error;
    }
  }

  const openThen = callbackify(open);
  return (target, callback) =>
    openThen(target, (error, socket) => (error === null ? callback(null, socket) : callback(error, null)));
}

async function connected(connect: buildConnector.connector, target: buildConnector.Options): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    connect(target, (...[error, socket]) => (error === null ? resolve(socket) : reject(error)));
  });
}

async function requestTunnel(socket: Socket, authority: string, proxy: Proxy): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const { authorization } = proxy;
    const headers = { host: authority, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) };
    const connect = request({ method: 'CONNECT', path: authority, headers, createConnection: () => socket });
    connect.once('connect', ({ statusCode = 0 }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299) return reject(refusedTunnel(proxy, statusCode));
      if (head.length > 0) socket.unshift(head);
      return resolve();
    });
    connect.once('error', (cause) => reject(unreachable(proxy, cause)));
    connect.end();
  });
}

/** What a status of the proxy itself means. */
export function refusedTunnel(proxy: Proxy, status: number): ConnectError {
  const advice =
    status === 407
      ? 'wants a user name and password; write them into the address of the proxy, as http://user:password@proxy.example.com:3128'
      : 'does not connect to the server; have it allow the address, or set network.proxy to another proxy or to none';
  return new ConnectError('ProxyFailed', `the proxy ${proxy.where} answered ${status}: it ${advice}`);
}

function refusedProxy({ where }: Proxy, error: ConnectError): ConnectError {
  return new ConnectError(error.code, `the proxy ${where} may not be used: ${error.message}`, { cause: error });
}

function unreachable({ where }: Proxy, cause: Error & { readonly code?: string }): ConnectError {
  const message = `the proxy ${where} cannot be reached (${cause.code ?? cause.name}); check network.proxy, or HTTPS_PROXY and HTTP_PROXY`;
  return new ConnectError('ProxyFailed', message, { cause });
}

function tooSlow({ where }: Proxy, tunnelled: boolean, timeoutMs: number): ConnectError {
  const what = tunnelled ? 'TLS with the server through the proxy' : 'a tunnel through the proxy';
  const message = `${what} ${where} took more than the ${timeoutMs / 1000} s of network.connectTimeout`;
  return new ConnectError(tunnelled ? 'CATimeout' : 'ProxyFailed', message);
}

function bracketed(hostname: string): string {
  return hostname.includes(':') ? `[${hostname.replace(/^\[(.*)\]$/, '$1')}]` : hostname;
}
