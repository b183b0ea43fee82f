import type { World } from '../../test/e2e/support/world.ts';
import type { RestResult } from '../controller.ts';
import type { Observer } from '../observer.ts';
import type { BenchVault, VaultCalls } from '../vault.ts';
import { backlog, type BacklogResult } from './backlog.ts';
import { atRest } from './finished.ts';
import { latency, type LatencyResult } from './latency.ts';

/** What issuers make of keys in a vault. */
export interface KeyVaultResult {
  /** With a key on P-256. */
  readonly backlog: BacklogResult;
  /** With a key RSA 2048. */
  readonly rsa: BacklogResult;
  readonly latency: LatencyResult;
  /** To the vault for each certificate, while the latency was measured. */
  readonly callsPerCertificate: VaultCalls;
}

export interface KeyVaultOptions {
  readonly backlog: number;
  readonly perSecond: number;
  readonly seconds: number;
}

const issuer = 'bench-key-vault';
const rsaIssuer = 'bench-key-vault-rsa';
const p256 = { type: 'EC', curve: 'P-256' } as const;

/** The memory of a controller that has an issuer for a key in a vault, and so Azure's SDK, beside what it has else. */
export async function atRestWithKeyVault(world: World, vault: BenchVault): Promise<RestResult> {
  const name = 'bench-key-vault-rest';
  await vault.applyIssuer(world, name, p256);
  const rest = await atRest(world, vault.controller);
  // Else nothing of the SDK may have been loaded.
  await vault.untilReady(world, name);
  await vault.deleteIssuer(world, name);
  return rest;
}

/** Measures issuers whose CA is in the Key Vault double: backlogs, then the latency of one of them. */
export async function keyVault(
  world: World,
  observer: Observer,
  csr: string,
  { vault, ...options }: KeyVaultOptions & { readonly vault: BenchVault },
): Promise<KeyVaultResult> {
  await vault.applyIssuer(world, rsaIssuer, { type: 'RSA', bits: 2048 });
  const rsa = await backlog(world, observer, csr, Math.ceil(options.backlog / 2), { issuer: rsaIssuer, ...vault.controller });
  await rsa.controller.end();
  await vault.deleteIssuer(world, rsaIssuer);

  await vault.applyIssuer(world, issuer, p256);
  const drained = await backlog(world, observer, csr, options.backlog, { issuer, ...vault.controller });
  const before = await vault.calls();
  const { perSecond, seconds } = options;
  const count = perSecond * seconds;
  const measured = await latency(world, observer, csr, { perSecond, count, issuer, prefix: 'latency-key-vault' });
  const after = await vault.calls();
  await drained.controller.end();
  await vault.deleteIssuer(world, issuer);
  return {
    backlog: drained.result,
    rsa: rsa.result,
    latency: measured,
    callsPerCertificate: {
      signs: (after.signs - before.signs) / count,
      others: (after.others - before.others) / count,
    },
  };
}
