import type { Dispatcher } from 'undici';

/**
 * How the API server is reached and who we are there: made from a kubeconfig or from the pod's ServiceAccount. What
 * may rotate (tokens, certificates) is asked for anew with each request and cached behind these functions.
 */
export interface Connection {
  /** The API server's address, without a trailing slash: `https://10.0.0.1:443`, `https://[fd00::1]:443`. */
  readonly server: string;
  /** The namespace this process runs in, where it runs in the cluster. A kubeconfig only knows where its user works. */
  readonly namespace?: string;
  /** The keep-alive connections to use now: the same object until a certificate rotates. */
  dispatcher(): Promise<Dispatcher>;
  /** The `Authorization` header's value, where the identity is not a client certificate. */
  authorization(): Promise<string | undefined>;
  /** The server answered 401: credentials that are cached are read again. */
  refused(): void;
  close(): Promise<void>;
}
