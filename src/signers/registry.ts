import type { Clock } from '../lib/clock.ts';
import type { SignerDefinition } from './definition.ts';
import type { NetworkDeps } from './http-pki/network/contract.ts';
import { createMockCaSigner } from './mock-ca/mock-ca.ts';

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
export function createSigners(deps: SignersDeps): readonly SignerDefinition[] {
  return [createMockCaSigner(deps)];
}
