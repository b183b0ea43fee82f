import { err } from '../../lib/result.ts';
import type { SignerDefinition } from '../definition.ts';
import type { SignerDeps } from '../registry.ts';
import { secretCaBlock, type SecretCaConfig } from './schema.ts';

/** The signer `secretca`: a CA whose certificate and key are in a Secret. */
export function createSecretCaSigner(_deps: Pick<SignerDeps, 'clock'>): SignerDefinition<SecretCaConfig> {
  return {
    ...secretCaBlock,
    open: () => Promise.resolve(err({ code: 'ConfigError', message: 'being built' })),
    forget: () => undefined,
  };
}
