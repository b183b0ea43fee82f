import type { LookupFunction } from 'node:net';
import type { Result } from '../../lib/result.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Resolver } from './resolver.ts';

/** Which addresses of the network issuers may name (design rule 13); built from the flags of the controller. */
export interface AddressPolicy {
  /**
   * Whether a connection to that IP address may be made; the error is a clause: `169.254.169.254 is a link-local address`.
   * @param address or the host itself, where a proxy resolves it.
   * @param host as the URL has it, for the message and for names that are refused as such.
   */
  check(address: string, host: string): Result<void, string>;
}

/** What an issuer's connections need of the process. */
export interface NetworkDeps {
  readonly addresses: AddressPolicy;
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How host names are resolved. Default: by the system (getaddrinfo). */
  readonly lookup?: LookupFunction;
}

/** What the connections of all issuers share. */
export interface Network extends Pick<NetworkDeps, 'addresses' | 'env'> {
  readonly resolve: Resolver;
  /** The bytes of answers that may be held at once. */
  readonly answers: ByteBudget;
}

/** How one issuer's CA is reached, all text and PEM read from its references. */
export interface ClientSettings {
  readonly tls: {
    /** PEM bundle in place of the system's roots. */
    readonly caPem?: string;
    readonly certPem?: string;
    readonly keyPem?: string;
    /** For `caHosts` only. */
    readonly serverName?: string;
    readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
    readonly insecureSkipVerify: boolean;
    readonly allowPlaintext: boolean;
  };
  /** Hosts of baseUrl and backupUrl, as URLs have them; others are those of token endpoints. */
  readonly caHosts: readonly string[];
  /** http:// is refused whatever `tls.allowPlaintext` says: there is a credential, which may not go in plain text. */
  readonly encryptedOnly: boolean;
  /** A proxy for all, 'none', or absent: by the environment. */
  readonly proxy?: URL | 'none';
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly maxResponseBytes: number;
}
