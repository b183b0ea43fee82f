import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../../../../src/lib/result.ts';
import type { OpenVault } from '../../../../src/signers/key-vault/contract.ts';
import type {
  Vault,
  VaultKey,
  VaultKeyParameters,
  VaultOperation,
  VaultProblem,
  VaultSecret,
} from '../../../../src/signers/key-vault/vault.ts';
import { publicHalf } from '../../../../src/x509/private-key.ts';
import { signerOf } from '../../../../src/x509/sign-with-key.ts';

interface Held {
  key: VaultKey;
  readonly privateKey: KeyObject;
}

/** A vault with any number of keys and secrets, in memory, and what tests do to it. */
export interface MemoryVault {
  readonly url: string;
  readonly open: OpenVault;
  /** What was asked: `keys/get root`. */
  readonly calls: string[];
  readonly secrets: Map<string, VaultSecret[]>;
  makeKey(name: string, parameters?: VaultKeyParameters): VaultKey;
  privateKey(name: string): KeyObject;
  change(name: string, attributes: Partial<VaultKey>): void;
  setSecret(name: string, value: string, contentType?: string): void;
  setCertificate(name: string, der: Uint8Array): void;
  /** The next call of that operation comes to that. */
  fail(operation: VaultOperation, code: VaultProblem['code']): void;
  /** What comes of signatures; identity at first. */
  spoil(change: (signature: Uint8Array) => Uint8Array): void;
  readonly closed: () => number;
}

export function memoryVault(url = 'https://team.vault.azure.net'): MemoryVault {
  const keys = new Map<string, Held[]>();
  const secrets = new Map<string, VaultSecret[]>();
  const certificates = new Map<string, { readonly id: string; readonly der: Uint8Array }>();
  const calls: string[] = [];
  const faults: { readonly operation: VaultOperation; readonly code: VaultProblem['code'] }[] = [];
  let spoil = (signature: Uint8Array): Uint8Array => signature;
  let versions = 0;
  let closed = 0;

  function asked<T>(operation: VaultOperation, name: string, found: () => T | undefined): Result<T, VaultProblem> {
    calls.push(`${operation} ${name}`);
    const index = faults.findIndex((fault) => fault.operation === operation);
    const code = index === -1 ? undefined : faults.splice(index, 1)[0]?.code;
    if (code !== undefined) return err({ operation, code, message: `The vault said ${code} to ${operation} of "${name}".` });
    const value = found();
    return value === undefined ? err({ operation, code: 'NotFound', message: `There is no "${name}" in ${url}.` }) : ok(value);
  }

  const newVersion = (): string => (versions += 1).toString(16).padStart(32, '0');

  function makeKey(name: string, parameters: VaultKeyParameters = { type: 'EC', curve: 'P-256' }): VaultKey {
    const { privateKey } =
      'bits' in parameters
        ? generateKeyPairSync('rsa', { modulusLength: parameters.bits })
        : generateKeyPairSync('ec', { namedCurve: parameters.curve });
    const publicKey = publicHalf(privateKey);
    if (!publicKey.ok) throw new Error(publicKey.error);
    const version = newVersion();
    const id = `${url}/keys/${name}/${version}`;
    const key = { id, name, version, type: parameters.type, publicKey: publicKey.value, maySign: true, enabled: true };
    keys.set(name, [...(keys.get(name) ?? []), { key, privateKey }]);
    return key;
  }

  function setSecret(name: string, value: string, contentType?: string): VaultSecret {
    const id = `${url}/secrets/${name}/${newVersion()}`;
    const secret = { id, value, ...(contentType === undefined ? {} : { contentType }) };
    secrets.set(name, [...(secrets.get(name) ?? []), secret]);
    return secret;
  }

  const versionsOf = (name: string): readonly Held[] => keys.get(name) ?? [];
  const vault: Vault = {
    url,
    getKey: async (name, version) =>
      asked('keys/get', name, () =>
        version === undefined ? versionsOf(name).at(-1)?.key : versionsOf(name).find(({ key }) => key.version === version)?.key,
      ),
    listKeyVersions: async (name) =>
      asked('keys/list', name, () =>
        versionsOf(name)
          .map(({ key: { version, enabled } }, createdOn) => ({ version, enabled, createdOn }))
          .toReversed(),
      ),
    createKey: async (name, parameters) => asked('keys/create', name, () => makeKey(name, parameters)),
    async sign(key, algorithm, tbs) {
      const privateKey = versionsOf(key.name).find(({ key: { version } }) => version === key.version)?.privateKey;
      const signed = privateKey === undefined ? undefined : await signerOf(privateKey, algorithm)(tbs);
      return asked('keys/sign', key.name, () => (signed?.ok === true ? spoil(signed.value) : undefined));
    },
    getSecret: async (name, version) =>
      asked('secrets/get', name, () => {
        const all = secrets.get(name) ?? [];
        return version === undefined ? all.at(-1) : all.find(({ id }) => id.endsWith(version));
      }),
    setSecret: async (name, value) => asked('secrets/set', name, () => setSecret(name, value, 'application/x-pem-file')),
    getCertificate: async (name) => asked('certificates/get', name, () => certificates.get(name)),
    forget: () => undefined,
    close: async () => void (closed += 1),
  };

  return {
    url,
    open: async () => ok(vault),
    calls,
    secrets,
    makeKey,
    privateKey(name) {
      const held = versionsOf(name).at(-1);
      if (held === undefined) throw new Error(`there is no key ${name}`);
      return held.privateKey;
    },
    change(name, attributes) {
      const held = keys.get(name)?.at(-1);
      if (held !== undefined) held.key = { ...held.key, ...attributes };
    },
    setSecret: (name, value, contentType) => void setSecret(name, value, contentType),
    setCertificate: (name, der) => void certificates.set(name, { id: `${url}/certificates/${name}/1`, der }),
    fail: (operation, code) => void faults.push({ operation, code }),
    spoil: (change) => void (spoil = change),
    closed: () => closed,
  };
}
