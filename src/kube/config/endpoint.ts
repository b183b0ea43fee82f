import { environmentProxy, type Environment } from '../../lib/no-proxy.ts';
import type { Endpoint } from './dispatcher.ts';
import type { ExecCluster } from './exec-run.ts';
import type { Placed } from './kubeconfig.ts';
import { invalid, type KubeCluster, type Place } from './schema.ts';

/** The endpoint of a kubeconfig cluster, its proxy included; what contradicts itself is refused. */
export function endpointOf({ value, place }: Placed<KubeCluster>, env: Environment): Endpoint {
  const server = new URL(value.server);
  const insecure = value['insecure-skip-tls-verify'];
  if (insecure && (value['certificate-authority'] ?? value['certificate-authority-data']) !== undefined) {
    throw invalid(place, 'insecure-skip-tls-verify', 'true, although a certificate-authority is set; remove one of them');
  }
  if (server.username !== '' || server.password !== '' || server.search !== '' || server.hash !== '') {
    throw invalid(place, 'server', 'must hold no user, query or fragment');
  }
  const proxyUrl = value['proxy-url'];
  const proxy = proxyUrl === undefined ? proxyFromEnvironment(env, server) : proxyOf(proxyUrl, 'proxy-url', place);
  return { source: place.file, server, tlsServerName: value['tls-server-name'], insecure, proxy };
}

/** The proxy the environment names for the API server. */
export function proxyFromEnvironment(env: Environment, server: URL): URL | undefined {
  const place = { file: 'environment', path: '' };
  const found = environmentProxy(env, server);
  if (!found.ok) throw invalid(place, 'proxy', found.error);
  return found.value && proxyOf(found.value.href, 'HTTPS_PROXY or HTTP_PROXY', place);
}

/** What a credential plugin may be told of the cluster. `ca` is the bundle, PEM. */
export function execClusterOf({ value }: Placed<KubeCluster>, ca: Buffer | undefined): ExecCluster {
  const config = value.extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension;
  return {
    server: value.server,
    ...(value['tls-server-name'] === undefined ? {} : { 'tls-server-name': value['tls-server-name'] }),
    ...(value['insecure-skip-tls-verify'] ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': ca.toString('base64') }),
    ...(value['proxy-url'] === undefined ? {} : { 'proxy-url': value['proxy-url'] }),
    ...(config === undefined ? {} : { config }),
  };
}

/** The base of request addresses: the server with its path, without a trailing slash. */
export function baseOf(server: URL): string {
  return `${server.origin}${server.pathname}`.replace(/\/+$/, '');
}

function proxyOf(text: string, field: string, place: Place): URL {
  // The value is not repeated: it may hold a password.
  if (!URL.canParse(text)) throw invalid(place, field, 'must be an address as http://proxy.example:3128');
  const proxy = new URL(text);
  if (proxy.protocol === 'http:' || proxy.protocol === 'https:') return proxy;
  throw invalid(place, field, `${proxy.protocol}// proxies are not supported; use one that speaks http or https`);
}
