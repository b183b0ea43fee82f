import { createPrivateKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../../../../../src/lib/result.ts';
import type { Vault, VaultKey, VaultOperation, VaultProblem, VaultSecret } from '../../../../../src/signers/key-vault/vault.ts';
import { publicHalf } from '../../../../../src/x509/private-key.ts';
import { signerOf } from '../../../../../src/x509/sign-with-key.ts';

export const vaultUrl = 'https://team.vault.azure.net';
export const keyName = 'ca';

/** What a version of the key is besides its key pair. */
export type Attributes = Partial<Pick<VaultKey, 'type' | 'enabled' | 'maySign' | 'notBefore' | 'expiresOn'>>;

/** A vault in memory with one name of keys, and what tests do to it. */
export interface FakeVault {
  readonly vault: Vault;
  /** The operations that were asked for, with the version where one was named: `keys/get 00…01`. */
  readonly calls: string[];
  /** How often the login was dropped. */
  readonly forgotten: () => number;
  readonly closed: () => number;
  /** Adds the newest version; gives its name. */
  addKey(privateKeyPem: string, attributes?: Attributes): string;
  change(version: string, attributes: Attributes): void;
  remove(version: string): void;
  setSecret(value: string, contentType?: string): void;
  setCertificate(der: Uint8Array): void;
  /** The next calls of an operation, or those for one version of a key, come to that. */
  fail(operation: VaultOperation, problem: Partial<VaultProblem>, options?: { times?: number; version?: string }): void;
}

interface Fault {
  readonly operation: VaultOperation;
  readonly problem: VaultProblem;
  readonly version: string | undefined;
  left: number;
}

/** Makes an empty vault. */
export function fakeVault(): FakeVault {
  const keys: { readonly key: VaultKey; readonly privateKey: KeyObject }[] = [];
  const calls: string[] = [];
  const faults: Fault[] = [];
  let secret: VaultSecret | undefined;
  let certificate: Uint8Array | undefined;
  let forgotten = 0;
  let closed = 0;

  function asked<T>(
    operation: VaultOperation,
    version: string | undefined,
    value: T | undefined,
  ): Promise<Result<T, VaultProblem>> {
    calls.push(version === undefined ? operation : `${operation} ${version}`);
    const fault = faults.find((each) => each.operation === operation && each.left > 0 && (each.version ?? version) === version);
    if (fault !== undefined) fault.left -= 1;
    if (fault !== undefined) return Promise.resolve(err(fault.problem));
    return Promise.resolve(value === undefined ? err(problem(operation, { code: 'NotFound' })) : ok(value));
  }

  const vault: Vault = {
    url: vaultUrl,
    getKey(name, version, { signal }) {
      signal.throwIfAborted();
      const found = version === undefined ? keys.at(-1) : keys.find(({ key }) => key.version === version);
      return asked('keys/get', version, name === keyName ? found?.key : undefined);
    },
    listKeyVersions: () =>
      asked(
        'keys/list',
        undefined,
        keys.map(({ key: { version, enabled } }, createdOn) => ({ version, enabled, createdOn })).toReversed(),
      ),
    async sign(key, algorithm, tbs) {
      const found = keys.find(({ key: { version } }) => version === key.version);
      const signed = found === undefined ? undefined : await signerOf(found.privateKey, algorithm)(tbs);
      return await asked('keys/sign', key.version, signed?.ok === true ? signed.value : undefined);
    },
    getSecret: (name, version) => asked('secrets/get', version, name === keyName ? secret : undefined),
    getCertificate: (_name, version) =>
      asked('certificates/get', version, certificate === undefined ? undefined : { id: 'certificate', der: certificate }),
    createKey: () => asked<VaultKey>('keys/create', undefined, undefined),
    setSecret: () => asked<VaultSecret>('secrets/set', undefined, undefined),
    forget: () => void (forgotten += 1),
    close: () => Promise.resolve(void (closed += 1)),
  };

  return {
    vault,
    calls,
    forgotten: () => forgotten,
    closed: () => closed,
    addKey(privateKeyPem, attributes = {}) {
      const privateKey = createPrivateKey(privateKeyPem);
      const version = (keys.length + 1).toString(16).padStart(32, '0');
      const publicKey = publicHalf(privateKey);
      if (!publicKey.ok) throw new Error(publicKey.error);
      const id = `${vaultUrl}/keys/${keyName}/${version}`;
      const usual = { type: 'EC', maySign: true, enabled: true } as const;
      keys.push({ privateKey, key: { ...usual, id, name: keyName, version, publicKey: publicKey.value, ...attributes } });
      return version;
    },
    change(version, attributes) {
      const index = keys.findIndex(({ key }) => key.version === version);
      const at = keys[index];
      if (at !== undefined) keys[index] = { ...at, key: { ...at.key, ...attributes } };
    },
    remove: (version) =>
      void keys.splice(
        keys.findIndex(({ key }) => key.version === version),
        1,
      ),
    setSecret: (value, contentType) =>
      void (secret = { id: 'secret', value, ...(contentType === undefined ? {} : { contentType }) }),
    setCertificate: (der) => void (certificate = der),
    fail: (operation, given, { times = 1, version } = {}) =>
      void faults.push({ operation, problem: problem(operation, given), version, left: times }),
  };
}

/** A problem of that code, in words that tests know again. */
export function problem(operation: VaultOperation, given: Partial<VaultProblem>): VaultProblem {
  const code = given.code ?? 'Unavailable';
  return { operation, code, message: `The vault said ${code} to ${operation}.`, ...given };
}
