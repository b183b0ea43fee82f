import type { CaKey, CaProblem } from '../../signers/ca/contract.ts';
import { signChecked } from '../../signers/ca/sign-checked.ts';
import type { Vault, VaultKey } from '../../signers/key-vault/vault.ts';
import type { SignTbs } from '../../x509/issue.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import { printable } from '../../lib/printable.ts';
import { commandFailure } from '../deps.ts';
import { type KeyPlan, planKey } from './key-plan.ts';
import { granted, type VaultSession } from './session.ts';
import type { NewKeyWish } from './wish.ts';
import { vaultKeyText } from './words.ts';

/** Looks which key signs, and whether it may; nothing is made. @throws {CodedError} `Failed` */
export async function lookAtKey(session: VaultSession, vault: Vault, newKey: NewKeyWish | undefined): Promise<KeyPlan> {
  const { keyName, keyVersion } = session.choice;
  const found = await session.ask(async (context) => await vault.getKey(keyName, keyVersion, context));
  const plan = planKey(found, newKey, session.deps.clock.now());
  if (!plan.ok) throw commandFailure(printable(plan.error));
  return plan.value;
}

/** The key of a plan, made where the plan says so. @throws {CodedError} `Failed` */
export async function obtainKey(session: VaultSession, vault: Vault, plan: KeyPlan): Promise<VaultKey> {
  if (plan.action === 'use') return plan.key;
  const { keyName } = session.choice;
  const key = granted(await session.ask(async (context) => await vault.createKey(keyName, plan.parameters, context)));
  session.deps.stderr.write(`Made the key ${printable(key.id)} (${vaultKeyText(key)}).\n`);
  return key;
}

/** Has the key sign, each signature verified with its public key. @param what is signed, for the trace: `a certificate`. */
export function signWith(session: VaultSession, key: CaKey, algorithm: SignatureAlgorithm, what: string): SignTbs<CaProblem> {
  return async (tbs) => await session.ask(async (context) => await signChecked({ key, algorithm }, what, tbs, context));
}
