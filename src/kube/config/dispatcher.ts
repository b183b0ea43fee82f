import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Agent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { messageOf } from '../../lib/errors.ts';
import { KubeConfigError } from './config-error.ts';

/** Where the API server is and how its certificate is checked. */
export interface Endpoint {
  /** Which configuration says so, for messages. */
  readonly source: string;
  readonly server: URL;
  /** The name the server's certificate must have, where it is not the address's. */
  readonly tlsServerName?: string | undefined;
  readonly insecure: boolean;
  readonly proxy?: URL | undefined;
}

/** What TLS needs and what may rotate, PEM. Without `ca` the system's roots are believed. */
export interface TlsMaterial {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** The keep-alive connections to one API server, made anew when the TLS material changes. */
export interface RotatingDispatcher {
  get(): Promise<Dispatcher>;
  /** Ends all connections; open requests fail. */
  close(): Promise<void>;
}

/** Milliseconds an idle connection is kept: less than the 90 s after which the API server ends it. */
const keepAliveMs = 60_000;
const connectTimeoutMs = 10_000;

/**
 * Asks `material` at each `get` and keeps one dispatcher for as long as its bytes are the same. A dispatcher that was
 * replaced is closed one rotation later, so that nobody who has just been given it loses a request; its requests end
 * by themselves and its idle connections after a minute. Material that cannot be used, as when only one of two files
 * has been replaced yet, changes nothing.
 */
export function createRotatingDispatcher(endpoint: Endpoint, material: () => Promise<TlsMaterial>): RotatingDispatcher {
  let current: { readonly material: TlsMaterial; readonly dispatcher: Dispatcher } | undefined;
  let previous: Dispatcher | undefined;
  let closed = false;

  return {
    async get() {
      const wanted = await material();
      if (closed) throw new KubeConfigError('NoCredentials', `${endpoint.source}: the connection has been closed`);
      if (current !== undefined && sameMaterial(current.material, wanted)) return current.dispatcher;
      try {
        const dispatcher = createDispatcher(endpoint, wanted);
        void previous?.close();
        previous = current?.dispatcher;
        current = { material: wanted, dispatcher };
      } catch (error) {
        if (current === undefined) throw error;
      }
      return current.dispatcher;
    },
    async close() {
      closed = true;
      await Promise.all([previous?.destroy(), current?.dispatcher.destroy()]);
    },
  };
}

function createDispatcher(endpoint: Endpoint, material: TlsMaterial): Dispatcher {
  const tls = {
    ...(endpoint.server.protocol === 'https:' ? { secureContext: secureContextOf(endpoint.source, material) } : {}),
    ...(endpoint.tlsServerName === undefined ? {} : { servername: endpoint.tlsServerName }),
    rejectUnauthorized: !endpoint.insecure,
    timeout: connectTimeoutMs,
  };
  const shared = {
    allowH2: false,
    // No limit: a watch holds its connection for minutes, and a Lease renewal must never wait for one.
    keepAliveTimeout: keepAliveMs,
    connectTimeout: connectTimeoutMs,
  };
  if (endpoint.proxy === undefined) return new Agent({ ...shared, connect: tls });
  return new ProxyAgent({
    ...shared,
    uri: endpoint.proxy.href,
    requestTls: tls,
    proxyTls: { allowH2: false },
    clientFactory: (origin, options) => new Pool(origin, { ...options, allowH2: false }),
  });
}

function secureContextOf(source: string, { ca, cert, key }: TlsMaterial): SecureContext {
  try {
    // A CA that is no certificate would be ignored, and then every server be refused without a reason.
    if (ca !== undefined) void new X509Certificate(ca);
    return createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
  } catch (cause) {
    const message = `${source}: the CA, the client certificate or its key cannot be used: ${messageOf(cause)}`;
    throw new KubeConfigError('NoCredentials', message, { cause });
  }
}

function sameMaterial(one: TlsMaterial, other: TlsMaterial): boolean {
  const same = (a: Buffer | undefined, b: Buffer | undefined) => a === b || (a !== undefined && b !== undefined && a.equals(b));
  return same(one.ca, other.ca) && same(one.cert, other.cert) && same(one.key, other.key);
}
