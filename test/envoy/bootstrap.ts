/** What an Envoy that stands for an Istio gateway is told. All ports are on 127.0.0.1. */
export interface GatewayConfig {
  readonly port: number;
  readonly adminPort: number;
  /** Of the secret discovery service. */
  readonly sdsPort: number;
  /** Of the service behind the gateway, which speaks HTTP/1.1. */
  readonly backendPort: number;
  /** The resource with the certificate and its key. */
  readonly secretName: string;
  /** The resource with the CA of clients, who then must have a certificate of it. */
  readonly clientCaName?: string;
}

const typed = (type: string, fields: object): object => ({ '@type': `type.googleapis.com/envoy.${type}`, ...fields });
const at = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });

/**
 * The bootstrap of Envoy: one listener that ends TLS with the certificate of the discovery service and passes all on, as
 * istiod makes it from a Gateway with `tls.mode: SIMPLE`, or `MUTUAL` with a CA of clients. The service is asked for nothing else.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/security/secret
 */
export function gatewayBootstrap(config: GatewayConfig): object {
  const { port, adminPort, sdsPort, backendPort } = config;
  const grpc = { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2Upstream };
  return {
    node: { id: 'router~127.0.0.1~gateway.test~test', cluster: 'gateway' },
    admin: { address: at(adminPort) },
    static_resources: {
      listeners: [{ name: 'gateway', address: at(port), filter_chains: [filterChain(config)] }],
      clusters: [{ ...cluster('sds', sdsPort), typed_extension_protocol_options: grpc }, cluster('backend', backendPort)],
    },
  };
}

const http2Upstream = typed('extensions.upstreams.http.v3.HttpProtocolOptions', {
  explicit_http_config: { http2_protocol_options: {} },
});

function cluster(name: string, port: number): object {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: at(port) } }] }];
  return { name, type: 'STATIC', connect_timeout: '5s', load_assignment: { cluster_name: name, endpoints } };
}

function fromSds(name: string): object {
  const sds = { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'sds' } }] };
  return { name, sds_config: { resource_api_version: 'V3', api_config_source: sds } };
}

function filterChain({ secretName, clientCaName }: Pick<GatewayConfig, 'secretName' | 'clientCaName'>): object {
  const clientCa = clientCaName === undefined ? {} : { validation_context_sds_secret_config: fromSds(clientCaName) };
  return {
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: typed('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
        require_client_certificate: clientCaName !== undefined,
        common_tls_context: {
          alpn_protocols: ['h2', 'http/1.1'],
          tls_certificate_sds_secret_configs: [fromSds(secretName)],
          ...clientCa,
        },
      }),
    },
    filters: [
      {
        name: 'envoy.filters.network.http_connection_manager',
        typed_config: typed('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
          stat_prefix: 'gateway',
          route_config: {
            virtual_hosts: [
              {
                name: 'all',
                domains: ['*'],
                routes: [{ match: { prefix: '/' }, route: { cluster: 'backend', timeout: '0s' } }],
              },
            ],
          },
          http_filters: [
            { name: 'envoy.filters.http.router', typed_config: typed('extensions.filters.http.router.v3.Router', {}) },
          ],
        }),
      },
    ],
  };
}
