import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';
import { environmentProxy } from '../../lib/no-proxy.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { checkedConnector, closedWords, ConnectError, type PeerTls, refusal, tlsConnector } from './connect.ts';
import type { ClientSettings, Network } from './contract.ts';
import { type Proxy, proxyConnector, readProxy, tunnelConnector } from './proxy.ts';

/** How a server is reached. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly proxy?: Proxy;
  /** The request is written to the proxy itself, whole, which forwards it. */
  readonly forwarded: boolean;
}

/** The connections of one issuer, kept by the way they take. */
export interface Routes {
  routeTo(url: URL): Result<Route, ConnectError>;
  close(): Promise<void>;
}

/**
 * Milliseconds an idle connection is kept: below the 5 s after which servers end them that wait least (Node, Apache), for
 * a request that meets that end fails, and one that was not idempotent cannot be sent again. Where a server
 * names its time (Keep-Alive: timeout), it is that less 2 s, at most `longestIdleMs`.
 */
const idleMs = 4000;
const longestIdleMs = 30_000;

/** Whether that is the CA itself, and not a token endpoint. */
export function isCaHost({ hostname }: URL, { caHosts }: Pick<ClientSettings, 'caHosts'>): boolean {
  return caHosts.includes(hostname);
}

/** @param targetContext the TLS of the CA: its roots, our certificate. */
export function createRoutes(settings: ClientSettings, deps: Network, targetContext: SecureContext): Routes {
  const { connectTimeoutMs, responseTimeoutMs, tls } = settings;
  const agents = new Map<string, Agent>();
  let closed = false;
  /** The client certificate is for token endpoints too (RFC 8705), the name of the CA's certificate is not. */
  const otherTls: PeerTls = { secureContext: targetContext, rejectUnauthorized: !tls.insecureSkipVerify };
  const caTls: PeerTls = { ...otherTls, ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }) };
  const peerOf = (url: URL) =>
    isCaHost(url, settings) ? { peer: 'CA', targetTls: caTls } : { peer: 'other', targetTls: otherTls };

  function agentOf(key: string, connector: () => ReturnType<typeof checkedConnector>): Agent {
    const kept = agents.get(key);
    if (kept !== undefined) return kept;
    const agent = new Agent({
      connect: connector(),
      allowH2: false,
      // One request at a time on a connection: undici would send others of a pipeline again by itself.
      pipelining: 1,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: longestIdleMs,
      headersTimeout: responseTimeoutMs,
      bodyTimeout: responseTimeoutMs,
    });
    agents.set(key, agent);
    return agent;
  }

  function proxyFor(url: URL): Result<Proxy | undefined, ConnectError> {
    if (settings.proxy === 'none') return ok(undefined);
    const named = settings.proxy === undefined ? environmentProxy(deps.env, url) : ok(settings.proxy);
    if (!named.ok) return err(new ConnectError('ProxyFailed', named.error));
    if (named.value === undefined) return ok(undefined);
    const proxy = readProxy(named.value);
    if (proxy.ok) return proxy;
    const source = settings.proxy === undefined ? 'HTTPS_PROXY or HTTP_PROXY of the controller' : 'network.proxy';
    return err(new ConnectError('ProxyFailed', `${source} ${proxy.error}`));
  }

  function throughProxy(proxy: Proxy, url: URL): Route {
    const toProxy = () => proxyConnector(proxy, checkedConnector(proxyTls(settings), connectTimeoutMs, deps));
    const { href } = proxy.url;
    if (url.protocol === 'http:') return { proxy, forwarded: true, dispatcher: agentOf(`forward ${href}`, toProxy) };
    const { peer, targetTls } = peerOf(url);
    const toTarget = tlsConnector(targetTls, connectTimeoutMs);
    const tunnel = () => tunnelConnector(proxy, toProxy(), toTarget, connectTimeoutMs);
    return { proxy, forwarded: false, dispatcher: agentOf(`tunnel ${peer} ${href}`, tunnel) };
  }

  return {
    routeTo(url) {
      if (closed) return err(new ConnectError('CAUnreachable', closedWords));
      const proxy = proxyFor(url);
      if (!proxy.ok) return proxy;
      if (proxy.value === undefined) {
        const { peer, targetTls } = peerOf(url);
        const direct = () => checkedConnector(targetTls, connectTimeoutMs, deps);
        return ok({ forwarded: false, dispatcher: agentOf(`direct ${peer}`, direct) });
      }
      // The proxy resolves the name; what can be judged without that is.
      const refused = refusal(url.hostname, deps);
      return refused === undefined ? ok(throughProxy(proxy.value, url)) : err(refused);
    },
    async close() {
      closed = true;
      await Promise.all([...agents.values()].map(async (agent) => await agent.destroy()));
    },
  };
}

/** A proxy is believed by the system's roots or the issuer's own; it is shown no client certificate, and always checked. */
function proxyTls({ tls }: ClientSettings): PeerTls {
  const ca = tls.caPem === undefined ? {} : { ca: [...getCACertificates('default'), tls.caPem] };
  return { secureContext: createSecureContext({ ...ca, minVersion: tls.minVersion }), rejectUnauthorized: true };
}
