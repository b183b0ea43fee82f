import type { VaultSettings } from '../contract.ts';

/** Of the vaults and managed HSMs of each cloud; https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
const resources: Readonly<Record<NonNullable<VaultSettings['cloud']>, readonly string[]>> = {
  public: ['https://vault.azure.net', 'https://managedhsm.azure.net'],
  usGovernment: ['https://vault.usgovcloudapi.net', 'https://managedhsm.usgovcloudapi.net'],
  china: ['https://vault.azure.cn', 'https://managedhsm.azure.cn'],
};

/** The scopes that a token may be for: those of one cloud, or, where none is named, of all. */
export function vaultScopes(cloud: VaultSettings['cloud']): ReadonlySet<string> {
  const ofCloud = cloud === undefined ? Object.values(resources).flat() : resources[cloud];
  return new Set(ofCloud.map((resource) => `${resource}/.default`));
}

/** A server wants a token that is none for vaults. */
export class ScopeError extends Error {
  /** As the server has it; it may be long. */
  readonly scope: string;

  constructor(scope: string) {
    super('a token for something else than a vault');
    this.scope = scope;
  }
}

/**
 * The SDK takes every resource whose name the host of the vault ends with, also `https://net`; a token for that is one for whoever has it.
 * @param allowed absent: any.
 * @throws {ScopeError}
 */
export function checkScopes(scopes: string | readonly string[], allowed: ReadonlySet<string> | undefined): void {
  const foreign = [scopes].flat().find((scope) => allowed?.has(scope) === false);
  if (foreign !== undefined) throw new ScopeError(foreign);
}
