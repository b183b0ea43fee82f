import { systemClock } from '../../../src/lib/clock.ts';
import { ok } from '../../../src/lib/result.ts';
import type { SignerDefinition } from '../../../src/signers/definition.ts';
import type { Network, NetworkDeps } from '../../../src/signers/network/contract.ts';
import { createNetwork } from '../../../src/signers/network/network.ts';
import { createSigners, type SignersDeps } from '../../../src/signers/registry.ts';

/** What signers are made with in tests: any address may be reached, and no proxy is set. */
export function testSignersDeps(overrides: Partial<SignersDeps> = {}): SignersDeps & { readonly network: Network } {
  const network: NetworkDeps = overrides.network ?? { addresses: { check: () => ok(undefined) }, env: {} };
  return {
    clock: systemClock,
    random: Math.random,
    allowPlaintextCredentials: false,
    azure: { env: {}, allowAmbient: false, disableChallengeVerification: false, developerLogin: false },
    ...overrides,
    network: { ...network, ...createNetwork(network) },
  };
}

/** Every signer there is, as tests may use it. */
export function testSigners(overrides: Partial<SignersDeps> = {}): readonly SignerDefinition[] {
  return createSigners(testSignersDeps(overrides));
}
