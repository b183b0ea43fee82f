import type { SignerBlock } from '../api/issuer.ts';
import type { Clock } from '../lib/clock.ts';
import type { SignerDefinition } from './definition.ts';
import type { NetworkDeps } from './network/contract.ts';
import { createHttpPkiSigner } from './http-pki/http-pki.ts';
import { pkiBlock } from './http-pki/schema/schema.ts';
import { createMockCaSigner } from './mock-ca/mock-ca.ts';
import { mockCaBlock } from './mock-ca/schema.ts';

/** What signers need of the world around them. */
export interface SignersDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly network: NetworkDeps;
  /** Whether credentials may go over http:// where an issuer allows plain text (`--allow-plaintext-credentials`). */
  readonly allowPlaintextCredentials: boolean;
}

/** Every signer there is, one line each. The CRDs, the parser of specs and the controller all take them from here. */
const registered: readonly { readonly block: SignerBlock; readonly create: (deps: SignersDeps) => SignerDefinition }[] = [
  { block: mockCaBlock, create: createMockCaSigner },
  { block: pkiBlock, create: createHttpPkiSigner },
];

/** What of each signer needs nothing of the world: its type, its schema and its rules. */
export const signerBlocks: readonly SignerBlock[] = registered.map(({ block }) => block);

/** Makes every signer. */
export function createSigners(deps: SignersDeps): readonly SignerDefinition[] {
  return registered.map(({ create }) => create(deps));
}
