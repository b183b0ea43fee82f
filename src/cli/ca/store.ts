import { printable } from '../../lib/printable.ts';
import type { Vault } from '../../signers/key-vault/vault.ts';
import { commandFailure } from '../deps.ts';
import { granted, type VaultSession } from './session.ts';
import { planStore, type StorePlan, type StoreWish } from './store-plan.ts';

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
