import { err } from '../../lib/result.ts';
import { algorithmsFor } from '../../x509/signature-algorithm.ts';
import type { CaKey } from '../ca/contract.ts';
import { problemOf } from './problems.ts';
import type { Vault, VaultKey } from './vault.ts';

/** A key of a vault as those who sign with it know keys. */
export function caKeyOf(vault: Pick<Vault, 'sign'>, key: VaultKey): CaKey {
  return {
    id: key.id,
    publicKey: key.publicKey,
    algorithms: algorithmsFor(key.publicKey.keyType),
    async sign(algorithm, tbs, context) {
      const signed = await vault.sign(key, algorithm, tbs, context);
      return signed.ok ? signed : err(problemOf(signed.error));
    },
  };
}
