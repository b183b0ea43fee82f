import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { secretHoldsKey } from '../../signers/key-vault/certificate.ts';
import { isManagedHsm } from '../../signers/key-vault/managed-hsm.ts';
import type { Vault, VaultProblem, VaultSecret } from '../../signers/key-vault/vault.ts';
import { commandFailure, usageError } from '../deps.ts';
import { granted, type VaultSession } from './session.ts';
import { checked, type VaultChoice } from './vault-settings.ts';

/** What becomes of a secret: nothing where it holds the same already, else a new version. */
export type StorePlan =
  | { readonly action: 'keep'; readonly id: string }
  /** `over`: what the newest version was, in words; absent where there is no such secret. `old`: what it holds, where it can be read. */
  | { readonly action: 'set'; readonly over?: string; readonly old?: string };

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
      `The ${where} is there, though it cannot be read: ${message} Nothing was stored. ` +
        'Give another --secret-name, or --force to make a new version of it.',
    );
  }
  const { id, value: stored } = found.value;
  if (value !== undefined && stored.trim() === value.trim()) return ok({ action: 'keep', id });
  if (secretHoldsKey(found.value)) {
    return err(
      `The ${where} holds a private key: it belongs to a certificate of the vault, or to something else. Nothing was stored, and --force ` +
        'does not change that. Give another --secret-name, and name it in keyVault.caCertificate.vaultSecret of the issuer.',
    );
  }
  if (force) return ok({ action: 'set', over: id, old: stored });
  return err(
    `The ${where} is there already${value === undefined ? '' : ', with another value'} (${id}). Nothing was stored. ` +
      'Look at it ("ca show"), then give another --secret-name, or --force to make a new version of it; the old one stays in the history of the vault.',
  );
}

/** Which secret is meant: by default the one that issuers look for. @throws {CodedError} `Usage` */
export function secretPlace(
  { secretName, force }: { readonly secretName?: string; readonly force: boolean },
  { keyName }: VaultChoice,
): StorePlace {
  return { name: secretName === undefined ? keyName : checked('keyName', { value: secretName, from: '--secret-name' }), force };
}

/** @param advice what to do in place of storing, to begin a sentence with. @throws {CodedError} `Usage` where the vault holds keys alone. */
export function checkHoldsSecrets({ vaultUrl }: VaultChoice, advice: string): void {
  if (!isManagedHsm(vaultUrl)) return;
  throw usageError(
    `--vault-url: a managed HSM holds keys alone, no secrets. ${advice}; for issuers put the certificate into a ConfigMap, and name that in ` +
      'keyVault.caCertificate.configMapRef',
  );
}

/** Where a certificate is to be stored. */
export type StorePlace = Pick<StoreWish, 'name' | 'force'>;

/** What would become of the secret. @throws {CodedError} `Failed` where it may not be written. */
export async function lookAtSecret(
  session: VaultSession,
  vault: Vault,
  { name, force }: StorePlace,
  value?: string,
): Promise<StorePlan> {
  const found = await session.ask(async (context) => await vault.getSecret(name, undefined, context));
  const plan = planStore(found, { vaultUrl: vault.url, name, force, ...(value === undefined ? {} : { value }) });
  if (!plan.ok) throw commandFailure(printable(plan.error));
  return plan.value;
}

/** Stores the certificates, as PEM, where nothing else is, and says on standard error what was done. @throws {CodedError} `Failed` */
export async function storeCertificates(session: VaultSession, vault: Vault, place: StorePlace, pem: string): Promise<void> {
  const { stderr } = session.deps;
  const plan = await lookAtSecret(session, vault, place, pem);
  if (plan.action === 'keep') {
    stderr.write(`It is stored already: ${printable(plan.id)}\n`);
    return;
  }
  const stored = granted(await session.ask(async (context) => await vault.setSecret(place.name, pem, context)));
  stderr.write(`Stored as ${printable(stored.id)}\n`);
  if (plan.over !== undefined) {
    stderr.write(
      `It replaces ${printable(plan.over)}, which stays in the history of the vault. Issuers follow at their next check.\n`,
    );
  }
}
