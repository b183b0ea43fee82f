import type { VaultKeyParameters } from '../src/signers/key-vault/vault.ts';
import { startVaultOfCas } from '../test/conformance/key-vault-ca.ts';
import type { World } from '../test/e2e/support/world.ts';
import type { MeasuredOptions } from './controller.ts';
import { deleteIssuer, untilIssuerReady } from './pki-issuer.ts';

/** Calls to a vault, whatever it answered. */
export interface VaultCalls {
  readonly signs: number;
  /** Of keys, secrets and tokens. */
  readonly others: number;
}

/** The Key Vault double, with CAs in it, and controllers that reach it as their own workload identity. */
export interface BenchVault {
  readonly controller: MeasuredOptions;
  /** Makes a key with a root, and an issuer for it as users write it; all have that name. */
  applyIssuer(world: World, name: string, key: VaultKeyParameters): Promise<void>;
  /** Waits until the issuer is ready, for a controller that runs. */
  untilReady(world: World, name: string): Promise<void>;
  deleteIssuer(world: World, name: string): Promise<void>;
  /** Since the start. */
  calls(): Promise<VaultCalls>;
  close(): Promise<void>;
}

/** Starts the double. */
export async function startBenchVault(): Promise<BenchVault> {
  const cas = await startVaultOfCas();
  const { double } = cas;
  return {
    controller: {
      args: ['--allow-ca-addresses=127.0.0.1/32', '--azure-disable-challenge-verification'],
      env: { NODE_EXTRA_CA_CERTS: double.caFile, ...(await double.workloadEnvironment()) },
    },
    async applyIssuer(world, name, key) {
      await cas.store(name, (await cas.makeRoot(name, key)).pem);
      const spec = { signerType: 'keyvault', keyVault: { vaultUrl: double.url, keyName: name } };
      const issuer = {
        apiVersion: 'external-issuer.io/v1alpha1',
        kind: 'ExternalClusterIssuer',
        metadata: { name },
        spec,
      };
      // YAML holds JSON.
      await world.apply(JSON.stringify(issuer));
    },
    untilReady: untilIssuerReady,
    deleteIssuer,
    async calls() {
      const all = Object.entries(await double.counts());
      const sum = (entries: typeof all): number => entries.reduce((total, [, count]) => total + count, 0);
      const signs = sum(all.filter(([what]) => what.startsWith('keys/sign ')));
      return { signs, others: sum(all) - signs };
    },
    close: cas.close,
  };
}
