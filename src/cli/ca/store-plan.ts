import { err, ok, type Result } from '../../lib/result.ts';
import type { VaultProblem, VaultSecret } from '../../signers/key-vault/vault.ts';
import { ended } from '../../lib/sentence.ts';

/** What becomes of a secret: nothing where it holds the same already, else a new version. */
export type StorePlan =
  | { readonly action: 'keep'; readonly id: string }
  /** `over`: what the newest version was, in words; absent where there is no such secret. */
  | { readonly action: 'set'; readonly over?: string };

/** What is to be stored, and where. */
export interface StoreWish {
  readonly vaultUrl: string;
  readonly name: string;
  /** PEM; absent where it is not made yet, so that it cannot be what is there. */
  readonly value?: string;
  readonly force: boolean;
}

/**
 * Decides whether a secret may be written. One that is there stays, unless it is forced; one that holds a private key stays always.
 * @param found what the vault said of its newest version.
 * @returns an error in whole sentences.
 */
export function planStore(found: Result<VaultSecret, VaultProblem>, wish: StoreWish): Result<StorePlan, string> {
  const { vaultUrl, name, value, force } = wish;
  const where = `secret "${name}" of ${vaultUrl}`;
  if (!found.ok) {
    const { code, message } = found.error;
    if (code === 'NotFound') return ok({ action: 'set' });
    if (code !== 'Unusable') return err(message);
    if (force) return ok({ action: 'set', over: 'a version that cannot be read' });
    return err(
      `The ${where} is there, though it cannot be read: ${ended(message)} Nothing was stored. ` +
        'Give another --secret-name, or --force to make a new version of it.',
    );
  }
  const { id, value: stored, contentType } = found.value;
  if (value !== undefined && stored.trim() === value.trim()) return ok({ action: 'keep', id });
  if (contentType?.toLowerCase().startsWith('application/x-pkcs12') === true || stored.includes('PRIVATE KEY-----')) {
    return err(
      `The ${where} holds a private key: it belongs to a certificate of the vault, or to something else. Nothing was stored, and --force ` +
        'does not change that. Give another --secret-name, and name it in keyVault.caCertificate.vaultSecret of the issuer.',
    );
  }
  if (force) return ok({ action: 'set', over: id });
  return err(
    `The ${where} is there already${value === undefined ? '' : ', with another value'} (${id}). Nothing was stored. ` +
      'Look at it ("ca show"), then give another --secret-name, or --force to make a new version of it; the old one stays in the history of the vault.',
  );
}
