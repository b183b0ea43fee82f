import { fileURLToPath } from 'node:url';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The name of the one kind of resource here, as Envoy knows it. */
export const secretTypeUrl = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** What Envoy sends: first what it wants, then to each response whether it took it. */
export interface DiscoveryRequest {
  readonly node?: { readonly id: string } | null;
  /** All that it wants, not only what is new: "state of the world". */
  readonly resource_names: readonly string[];
  readonly type_url: string;
  /** Of the response that this answers; empty in a stream's first request. */
  readonly response_nonce: string;
  /** Of the last response that Envoy took. */
  readonly version_info: string;
  /** Why Envoy did not take the response: a NACK. */
  readonly error_detail?: { readonly code: number; readonly message: string } | null;
}

/** A certificate with its chain, and its key; PEM. */
export interface TlsFiles {
  readonly certificateChain: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** A CA whose clients are let in; PEM. */
export interface TrustedCa {
  readonly trustedCa: Uint8Array;
}

/** What Envoy is sent. */
export interface DiscoveryResponse {
  readonly version_info: string;
  readonly type_url: string;
  readonly nonce: string;
  readonly resources: readonly object[];
}

type StreamSecrets = MethodDefinition<DiscoveryRequest, DiscoveryResponse>;

/** Envoy's secret discovery service with its one method, as the file beside this one describes it. */
export function secretDiscoveryService(): { readonly StreamSecrets: StreamSecrets } {
  const file = fileURLToPath(new URL('secret-discovery.proto', import.meta.url));
  const service = loadSync(file, { keepCase: true, defaults: true })['envoy.service.secret.v3.SecretDiscoveryService'];
  if (service === undefined || !('StreamSecrets' in service)) throw new Error(`${file} has no SecretDiscoveryService`);
  return service as unknown as { readonly StreamSecrets: StreamSecrets };
}

/** A resource of a response. */
export function secretResource(name: string, content: TlsFiles | TrustedCa): object {
  if ('trustedCa' in content) {
    const context = { trusted_ca: { inline_bytes: content.trustedCa } };
    return { type_url: secretTypeUrl, value: { name, validation_context: context } };
  }
  const { certificateChain, privateKey } = content;
  const files = { certificate_chain: { inline_bytes: certificateChain }, private_key: { inline_bytes: privateKey } };
  return { type_url: secretTypeUrl, value: { name, tls_certificate: files } };
}
