import type { Bytes } from './bytes.ts';
import { KubeConfigError } from './config-error.ts';

/** A client certificate with its key, PEM. */
export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Who we are at the API server; each call gives what is valid then. */
export interface Identity {
  /** The `Authorization` header's value, where there is one. */
  authorization(): Promise<string | undefined>;
  certificate(): Promise<KeyPair | undefined>;
  /** The server did not accept what was given: look again. */
  refused(): void;
}

/** A header's value that may change. */
export interface Header {
  read(): Promise<string>;
  expire(): void;
}

/** The header for a bearer token that may change; `field` names its source in errors. */
export function bearerHeader(token: Bytes, field: string): Header {
  return {
    expire: () => token.expire(),
    async read() {
      const text = (await token.read()).toString('utf8').trim();
      if (/^[\x21-\x7e]+$/.test(text)) return `Bearer ${text}`;
      const problem = text === '' ? 'is empty' : 'holds characters that a token cannot have';
      throw new KubeConfigError('NoCredentials', `${field}: the token ${problem}`);
    },
  };
}
