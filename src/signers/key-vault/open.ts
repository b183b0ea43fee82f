import { err, type Result } from '../../lib/result.ts';
import type { SignerDeps } from '../registry.ts';
import type { ConfigProblem, Signer, SignerInput } from '../signer.ts';
import type { KeyVaultConfig } from './schema.ts';

/** Opens the signer of one issuer; the network is not used before its first check. */
export function openKeyVault(_input: SignerInput<KeyVaultConfig>, _deps: SignerDeps): Promise<Result<Signer, ConfigProblem>> {
  return Promise.resolve(err({ code: 'ConfigError', message: 'being built' }));
}
