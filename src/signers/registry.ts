import type { SignerBlock } from '../api/issuer.ts';
import type { Clock } from '../lib/clock.ts';
import type { SignerDefinition } from './definition.ts';
import type { Network, NetworkDeps } from './network/contract.ts';
import { createNetwork } from './network/network.ts';
import { createHttpPkiSigner } from './http-pki/http-pki.ts';
import { pkiBlock } from './http-pki/schema/schema.ts';
import type { AzureDeps } from './key-vault/contract.ts';
import { createKeyVaultSigner } from './key-vault/key-vault.ts';
import { keyVaultBlock } from './key-vault/schema.ts';
import { createMockCaSigner } from './mock-ca/mock-ca.ts';
import { mockCaBlock } from './mock-ca/schema.ts';
import { createSecretCaSigner } from './secret-ca/secret-ca.ts';
import { secretCaBlock } from './secret-ca/schema.ts';

/** What signers need of the world around them. */
export interface SignersDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly network: NetworkDeps;
  /** Whether credentials may go over http:// where an issuer allows plain text (`--allow-plaintext-credentials`). */
  readonly allowPlaintextCredentials: boolean;
  readonly azure: AzureDeps;
}

/** The same, as each signer gets it: connections share what they may hold of memory and of lookups. */
export type SignerDeps = Omit<SignersDeps, 'network'> & { readonly network: Network };

/** Every signer there is, one line each. The CRDs, the parser of specs and the controller all take them from here. */
const registered: readonly { readonly block: SignerBlock; readonly create: (deps: SignerDeps) => SignerDefinition }[] = [
  { block: mockCaBlock, create: createMockCaSigner },
  { block: pkiBlock, create: createHttpPkiSigner },
  { block: keyVaultBlock, create: createKeyVaultSigner },
  { block: secretCaBlock, create: createSecretCaSigner },
];

/** What of each signer needs nothing of the world: its type, its schema and its rules. */
export const signerBlocks: readonly SignerBlock[] = registered.map(({ block }) => block);

/** Makes every signer. */
export function createSigners(deps: SignersDeps): readonly SignerDefinition[] {
  const network = createNetwork(deps.network);
  return registered.map(({ create }) => create({ ...deps, network }));
}
