import { call } from '../cas/https-client.ts';

/** What a call to the vault, to its token endpoint or to the endpoint of managed identities asks, named by the permission it takes. */
export type Operation =
  | 'keys/create'
  | 'keys/get'
  | 'keys/list'
  | 'keys/sign'
  | 'keys/update'
  | 'keys/delete'
  | 'keys/purge'
  | 'secrets/set'
  | 'secrets/get'
  | 'secrets/list'
  | 'secrets/delete'
  | 'secrets/purge'
  | 'certificates/get'
  | 'certificates/import'
  | 'token'
  | 'managed-identity';

/** One call of the journal, whatever came of it. */
export interface Call {
  readonly operation: Operation;
  /** Of the key, secret or certificate; the version is empty where none was asked for. */
  readonly name: string;
  readonly version: string;
  /** What was answered, or would have been where a fault kept it back. A client's first call has no token: 401. */
  readonly status: number;
  /** Client id; empty without a good token. */
  readonly principal: string;
  /** The kind of the fault that acted on it, or empty. */
  readonly fault: string;
}

/** What happens to the next calls of an operation. */
export interface Fault {
  /** Of the key, secret or certificate whose calls it is for; all where not set. */
  readonly name?: string;
  /**
   * Without one: `delayMs` only. `status`: answers `status` and does nothing else. The others do what was asked and then cut the
   * connection before or amid the answer, never answer, or answer something else.
   */
  readonly kind?: 'status' | 'cut' | 'cutMiddle' | 'hang' | 'garbage' | 'huge' | 'wrongSignature';
  /** How often; until it is cleared where not set. */
  readonly times?: number;
  readonly delayMs?: number;
  readonly status?: number;
  /** Seconds, for the header Retry-After. */
  readonly retryAfter?: number;
  /** `error.code`, `error.message` and `error.innererror.code`, such as `ForbiddenByFirewall`; usual ones for the status if not set. */
  readonly code?: string;
  readonly message?: string;
  readonly inner?: string;
  /** Size of a `huge` answer. */
  readonly bytes?: number;
}

/** Kind and size of a key. */
export type KeyParameters =
  | { readonly kty: 'RSA' | 'RSA-HSM'; readonly size: 2048 | 3072 | 4096 }
  | { readonly kty: 'EC' | 'EC-HSM'; readonly curve: 'P-256' | 'P-384' | 'P-521' };

/** A version of a key. */
export interface KeyReference {
  /** `https://HOST:PORT/keys/NAME/VERSION`. */
  readonly kid: string;
  readonly version: string;
}

/** What may change of a key's version; times in seconds since the epoch. */
export interface KeyAttributes {
  readonly enabled?: boolean;
  readonly exp?: number;
  readonly nbf?: number;
  readonly keyOps?: readonly string[];
}

/** Sets the double up and looks into it, beside its API: without tokens, permissions and faults, and not in the journal. */
export interface Administration {
  createKey(name: string, parameters: KeyParameters, attributes?: KeyAttributes): Promise<KeyReference>;
  /** Of the latest version where none is given. */
  setKeyAttributes(name: string, attributes: KeyAttributes, version?: string): Promise<void>;
  deleteKey(name: string): Promise<void>;
  /** @returns the version. */
  setSecret(name: string, value: string): Promise<string>;
  setSecretEnabled(name: string, enabled: boolean): Promise<void>;
  /**
   * PEM, the leaf first, with its private key in PKCS #8, or without: then a version of the key of this name has to hold the
   * certificate's public key.
   */
  importCertificate(
    name: string,
    pem: string,
  ): Promise<{ readonly version: string; readonly kid: string; readonly sid: string }>;
  /** All that a principal may do from now on, `*` for everything; `mode` is how refusals read. */
  permit(clientId: string, permissions: readonly (Operation | '*')[], mode?: 'rbac' | 'policy'): Promise<void>;
  /** Takes tokens with this `sub` for the workload identity from now on. */
  federate(subject: string): Promise<void>;
  /** Tokens that were given are no longer taken. */
  revokeTokens(): Promise<void>;
  /** Of tokens given from now on; an hour at first. */
  setTokenLifetime(seconds: number): Promise<void>;
  /** Faults of one operation act in the order they were added; `*` stands for all of the vault. Calls without a good token are not counted. */
  fault(operation: Operation | '*', fault: Fault): Promise<void>;
  /** Ends all faults, and cuts the connections that hang. */
  clearFaults(): Promise<void>;
  /** The calls in their order, the last 10,000. */
  journal(): Promise<readonly Call[]>;
  /** How many calls there were, by operation and status: `keys/sign 200`. */
  counts(): Promise<Readonly<Record<string, number>>>;
  clearJournal(): Promise<void>;
}

interface KeyBundle {
  readonly key: { readonly kid: string };
}

const versionOf = (id: string): string => id.split('/').at(-1) ?? '';

function keyBody({ keyOps, ...attributes }: KeyAttributes): object {
  return { ...(keyOps === undefined ? {} : { key_ops: keyOps }), attributes };
}

/** A client of the administration at `url`; `workloadClientId` is whom `federate` is for. */
export function administer(url: string, workloadClientId: string): Administration {
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const content = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const { status, text } = await call(`${url}/admin/${path}`, {}, { method, ...content });
    if (status >= 300) throw new Error(`the Key Vault double answered ${status} to ${method} ${path}: ${text.slice(0, 300)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const vault = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    await send<T>(method, `vault/${path}?api-version=7.6`, body);
  const journal = async (): Promise<{ calls: readonly Call[]; counts: Readonly<Record<string, number>> }> =>
    await send('GET', 'journal');
  return {
    async createKey(name, parameters, attributes = {}) {
      const { kty } = parameters;
      const size = 'size' in parameters ? { key_size: parameters.size } : { crv: parameters.curve };
      const { key } = await vault<KeyBundle>('POST', `keys/${name}/create`, { kty, ...size, ...keyBody(attributes) });
      return { kid: key.kid, version: versionOf(key.kid) };
    },
    async setKeyAttributes(name, attributes, version = '') {
      await vault('PATCH', `keys/${name}/${version}`, keyBody(attributes));
    },
    deleteKey: async (name) => await vault('DELETE', `keys/${name}`),
    setSecret: async (name, value) => versionOf((await vault<{ id: string }>('PUT', `secrets/${name}`, { value })).id),
    setSecretEnabled: async (name, enabled) => await vault('PATCH', `secrets/${name}`, { attributes: { enabled } }),
    async importCertificate(name, pem) {
      const body = { value: pem, policy: { secret_props: { contentType: 'application/x-pem-file' } } };
      const { id, kid, sid } = await vault<Record<'id' | 'kid' | 'sid', string>>('POST', `certificates/${name}/import`, body);
      return { version: versionOf(id), kid, sid };
    },
    permit: async (clientId, permissions, mode = 'rbac') => await send('PUT', 'permissions', { clientId, permissions, mode }),
    federate: async (subject) => await send('PUT', 'subjects', { clientId: workloadClientId, subject }),
    revokeTokens: async () => await send('DELETE', 'tokens'),
    setTokenLifetime: async (seconds) => await send('PUT', 'tokens/lifetime', { seconds }),
    fault: async (operation, fault) => await send('POST', 'faults', { operation, ...fault }),
    clearFaults: async () => await send('DELETE', 'faults'),
    journal: async () => (await journal()).calls,
    counts: async () => (await journal()).counts,
    clearJournal: async () => await send('DELETE', 'journal'),
  };
}
