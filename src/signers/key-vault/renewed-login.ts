import type { Result } from '../../lib/result.ts';
import type { CallContext } from '../signer.ts';
import type { Vault, VaultProblem } from './vault.ts';

/** What signing needs of a vault. */
export type ReadVault = Pick<Vault, 'url' | 'getKey' | 'listKeyVersions' | 'sign' | 'getSecret' | 'getCertificate'>;

/**
 * The same vault, where a call whose token was refused (401) is made once more, at once, with a new token; what was refused is
 * dropped also where the second one fails.
 */
export function withRenewedLogin(vault: Vault): ReadVault {
  let dropped = 0;

  /** Many calls are refused with one token; only the first of them drops it, or the others would drop the new one. */
  function drop(seen: number): void {
    if (seen !== dropped) return;
    dropped += 1;
    vault.forget();
  }

  async function call<T>(
    { signal }: CallContext,
    ask: () => Promise<Result<T, VaultProblem>>,
  ): Promise<Result<T, VaultProblem>> {
    const before = dropped;
    const first = await ask();
    if (!isRefused(first)) return first;
    drop(before);
    signal.throwIfAborted();
    const between = dropped;
    const second = await ask();
    if (isRefused(second)) drop(between);
    return second;
  }

  return {
    url: vault.url,
    getKey: (name, version, context) => call(context, () => vault.getKey(name, version, context)),
    listKeyVersions: (name, context) => call(context, () => vault.listKeyVersions(name, context)),
    sign: (key, algorithm, tbs, context) => call(context, () => vault.sign(key, algorithm, tbs, context)),
    getSecret: (name, version, context) => call(context, () => vault.getSecret(name, version, context)),
    getCertificate: (name, version, context) => call(context, () => vault.getCertificate(name, version, context)),
  };
}

function isRefused(result: Result<unknown, VaultProblem>): boolean {
  return !result.ok && result.error.code === 'Unauthorized';
}
