import type { SignerDefinition } from '../definition.ts';
import type { SignerDeps } from '../registry.ts';
import { keyVaultBlock, type KeyVaultConfig } from './schema.ts';
import { keyVaultReferences } from './references.ts';

/** The signer `keyvault`: a CA whose private key is in Azure Key Vault. */
export function createKeyVaultSigner(deps: SignerDeps): SignerDefinition<KeyVaultConfig> {
  return {
    ...keyVaultBlock,
    references: keyVaultReferences,
    // Loaded where such an issuer exists: Azure's SDK takes memory that others need not pay.
    open: async (input) => (await import('./open.ts')).openKeyVault(input, deps),
    forget: () => undefined,
  };
}
