import assert from 'node:assert/strict';
import type { VaultKeyParameters } from '../../../src/signers/key-vault/vault.ts';
import { startVaultOfCas, type DoubleOfCas, type MadeCa } from '../../conformance/key-vault-ca.ts';
import { readEnvironment } from '../../controlplane/environment.ts';
import type { KeyVaultDouble } from '../../key-vault/key-vault.ts';
import { startToxiproxy, type Proxy, type Toxiproxy } from '../../key-vault/toxiproxy.ts';
import type { ControllerProcess } from './controller-process.ts';
import { runCommand, type CommandResult } from './mockca-process.ts';
import { certificates, issuerRefOf, type Certificate, type IssuerName } from './objects.ts';
import { observe, type Observer } from './observer.ts';
import { createCertificate, readCertified } from './preset-cluster.ts';
import { openRequestLabWith, type RequestLab } from './request-lab.ts';
import type { SuiteEnd } from './suite.ts';
import type { TlsSecret } from './tls-secret.ts';

type Fields = Readonly<Record<string, unknown>>;

const p256: VaultKeyParameters = { type: 'EC', curve: 'P-256' };
/** What a vault that is none of Azure's takes. */
const flags = ['--allow-ca-addresses=127.0.0.1/32', '--azure-disable-challenge-verification'];

/** A controller whose vault is the double, which it reaches as a pod that the workload identity webhook has changed. */
export interface KeyVaultLab extends RequestLab {
  readonly namespace: string;
  readonly double: KeyVaultDouble;
  readonly certificates: Observer<Certificate>;
  /** A way to the double that a test can break; `url` is the vault's address by it. */
  proxy(name: string): Promise<Proxy & { readonly url: string }>;
  /** Makes a CA and a cluster issuer for it, both of that name, and waits until it is ready; gives the root. */
  issuerOf(name: string, keyVault?: Fields, more?: Fields): Promise<string>;
  /** Makes a key on P-256 and stores a root for it under the key's name. */
  makeCa(keyName: string): Promise<MadeCa>;
  /** The vault takes no token any more that it took; not while `makeCa` is under way. */
  revokeTokens(): Promise<void>;
  /** Runs `external-issuer ca` as the application with all rights; it must succeed. */
  ca(command: string, keyName: string, ...args: readonly string[]): Promise<CommandResult>;
  /** The spec of an issuer with that block; it is tried again soon. */
  spec(keyVault: Fields, more?: Fields): Fields;
  /** Has a Certificate from an issuer, in the issuer's namespace if it has one, and checks that its Secret leads to the root. */
  certify(issuer: IssuerName, name: string, rootPem: string, spec?: Fields): Promise<TlsSecret>;
  /** Starts another controller in place of the one that was ended, with that identity in its environment. */
  startAs(identity: Readonly<Record<string, string>>): Promise<ControllerProcess>;
  /** What the vault was asked about a key, or the secret of its name, that it did: `keys/sign`, and how often. */
  asked(keyName: string): Promise<Readonly<Record<string, number>>>;
  signatures(keyName: string): Promise<number>;
}

/** Starts the double, Toxiproxy, a world and a controller in it. */
export async function openKeyVaultLab(namespace: string): Promise<KeyVaultLab> {
  const started = new AsyncDisposableStack();
  try {
    const options = { environment: readEnvironment(), stream: process.stderr };
    const [vault, toxiproxy] = await Promise.all([startVaultOfCas(), startToxiproxy(options)]);
    started.defer(async () => await vault.close());
    started.defer(async () => await toxiproxy.close());
    const { caFile: NODE_EXTRA_CA_CERTS } = vault.double;
    const env = { NODE_EXTRA_CA_CERTS, ...(await vault.double.workloadEnvironment()) };
    const lab = await openRequestLabWith(namespace, { args: flags, env });
    const seen = await observe(lab.admin, certificates);
    lab.world.onClose(seen.close);
    return around(lab, { namespace, vault, toxiproxy, certificates: seen, stop: async () => await started.disposeAsync() });
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

interface Parts extends Pick<KeyVaultLab, 'namespace' | 'certificates'> {
  readonly vault: DoubleOfCas;
  readonly toxiproxy: Toxiproxy;
  stop(): Promise<void>;
}

function around(lab: RequestLab, { namespace, vault, toxiproxy, certificates: seen, stop }: Parts): KeyVaultLab {
  const { world } = lab;
  const { double } = vault;
  const { url, caFile: NODE_EXTRA_CA_CERTS, tenantId, identities } = double;
  const { clientId, clientSecret } = identities.clientSecret;
  const application = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret };

  const spec: KeyVaultLab['spec'] = (keyVault, more = {}) => ({
    signerType: 'keyvault',
    retry: { minDelay: '1s', maxDelay: '2s' },
    healthCheck: { interval: '30s' },
    keyVault: { vaultUrl: url, ...keyVault },
    ...more,
  });
  const makeCa: KeyVaultLab['makeCa'] = async (keyName) => {
    const made = await vault.makeRoot(keyName, p256);
    await vault.store(keyName, made.pem);
    return made;
  };
  const asked: KeyVaultLab['asked'] = async (keyName) => {
    const calls = (await double.journal()).filter(({ name, status }) => name === keyName && status === 200);
    const counts = Map.groupBy(calls, ({ operation }) => operation);
    return Object.fromEntries([...counts].map(([operation, { length }]) => [operation, length]));
  };

  return {
    ...lab,
    namespace,
    double,
    certificates: seen,
    async proxy(name) {
      const proxy = await toxiproxy.proxy(name, new URL(url).host);
      return { ...proxy, url: `https://${proxy.host}:${proxy.port}` };
    },
    makeCa,
    spec,
    asked,
    revokeTokens: async () => await vault.revokeTokens(),
    async ca(command, keyName, ...args) {
      const which = [`--vault-url=${url}`, `--key=${keyName}`, '--login=environment'];
      const env = { ...application, AZURE_AUTHORITY_HOST: url, NODE_EXTRA_CA_CERTS };
      const result = await runCommand(['ca', command, ...which, ...flags, ...args], { env });
      assert.equal(result.code, 0, result.stderr);
      return result;
    },
    signatures: async (keyName) => (await asked(keyName))['keys/sign'] ?? 0,
    async issuerOf(name, keyVault = {}, more = {}) {
      const { pem } = await makeCa(name);
      await lab.issuers.ready({ name }, spec({ keyName: name, ...keyVault }, more));
      return pem;
    },
    async certify(issuer, name, rootPem, fields = {}) {
      const key = { namespace: issuer.namespace ?? namespace, name };
      const issuerRef = issuerRefOf(issuer);
      await createCertificate(world, { ...key, issuer: issuer.name, spec: { issuerRef, ...fields } });
      return await readCertified(world, seen, key, rootPem);
    },
    startAs: async (identity) =>
      await world.startController({ args: flags, env: { NODE_EXTRA_CA_CERTS, AZURE_AUTHORITY_HOST: url, ...identity } }),
    async close(end: SuiteEnd) {
      await lab.close(end);
      await stop();
    },
  };
}
