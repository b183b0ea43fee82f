import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { CaKey, CaProblem } from '../../signers/ca/contract.ts';
import { signChecked } from '../../signers/ca/sign-checked.ts';
import { fetchCertificate } from '../../signers/key-vault/certificate.ts';
import { createKeyFinder } from '../../signers/key-vault/find-key.ts';
import { whyUnusable } from '../../signers/key-vault/key-fitness.ts';
import type { Vault, VaultKey, VaultKeyParameters, VaultProblem } from '../../signers/key-vault/vault.ts';
import type { SignTbs } from '../../x509/issue.ts';
import type { KeyType } from '../../x509/public-key.ts';
import { algorithmsFor, type SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import { commandFailure } from '../deps.ts';
import { inFlags } from './flag-words.ts';
import { granted, type VaultSession } from './session.ts';
import type { NewKeyWish } from './wish.ts';
import { keyTypeText, vaultKeyText } from './words.ts';

/** Which key signs: one that is there, or one that is to be made. */
export type KeyPlan =
  | { readonly action: 'use'; readonly key: VaultKey }
  | { readonly action: 'make'; readonly parameters: VaultKeyParameters };

/**
 * Decides which key signs. One that is there is never replaced, nor given a new version, unless that is asked for in so many words.
 * @param found what the vault said of the key.
 * @param now milliseconds since the epoch.
 * @returns an error in whole sentences.
 */
function planKey(found: Result<VaultKey, VaultProblem>, newKey: NewKeyWish | undefined, now: number): Result<KeyPlan, string> {
  if (found.ok) {
    if (newKey === undefined) {
      const reason = whyUnusable(found.value, now);
      return reason === undefined ? ok({ action: 'use', key: found.value }) : err(inFlags(reason));
    }
    if (newKey.newVersion) return ok({ action: 'make', parameters: newKey.parameters });
    return err(
      `--create-key: the key is there already (${vaultKeyText(found.value)}, ${found.value.id}). Leave --create-key out to use it, or add ` +
        '--new-key-version to make a new version of it; the versions before stay, and issuers use the one that their CA certificate is for.',
    );
  }
  const { code, message } = found.error;
  if (newKey === undefined) return err(code === 'NotFound' ? `${message} To have the key made, add --create-key.` : message);
  if (code === 'NotFound' || (newKey.newVersion && isThere(code))) return ok({ action: 'make', parameters: newKey.parameters });
  if (!isThere(code)) return err(message);
  return err(
    `--create-key: there is such a key already: ${message} Give another --key, or add --new-key-version to make a new version.`,
  );
}

/** A key that is disabled or of a kind that cannot be used here is there all the same. */
function isThere(code: VaultProblem['code']): boolean {
  return code === 'Unusable' || code === 'Unfit';
}

/** The type of the key of a plan, before it is made too. */
export function keyTypeOf(plan: KeyPlan): KeyType {
  if (plan.action === 'use') return plan.key.publicKey.keyType;
  const { parameters } = plan;
  return 'bits' in parameters ? { kind: 'rsa', bits: parameters.bits } : { kind: 'ec', curve: parameters.curve };
}

/**
 * The algorithm that a key signs with: what is wished, else its default.
 * @param whose at the beginning of a sentence: `The key`.
 * @throws {CodedError} `Failed` where the key cannot.
 */
export function algorithmOf(keyType: KeyType, whose: string, wished: SignatureAlgorithm | undefined): SignatureAlgorithm {
  const possible = algorithmsFor(keyType);
  if (wished === undefined) return possible[0];
  if (possible.includes(wished)) return wished;
  const list = new Intl.ListFormat('en', { type: 'disjunction' }).format(possible);
  throw commandFailure(
    `--signature-algorithm: ${whose} is ${keyTypeText(keyType)} and does not sign with ${wished}. Give ${list}, or leave it out.`,
  );
}

/** Why nothing came of a key that is there now: the next try must not make another. */
export function failureAfterKey(plan: KeyPlan, id: string, reason: string): Error {
  const kept = plan.action === 'use' ? '' : ` The key ${id} was made and stays; try again without --create-key.`;
  return commandFailure(printable(reason + kept));
}

/** Looks which key signs, and whether it may; nothing is made. @throws {CodedError} `Failed` */
export async function lookAtKey(session: VaultSession, vault: Vault, newKey: NewKeyWish | undefined): Promise<KeyPlan> {
  const { keyName, keyVersion } = session.choice;
  const found = await session.ask(async (context) => await vault.getKey(keyName, keyVersion, context));
  const plan = planKey(found, newKey, session.deps.clock.now());
  if (!plan.ok) throw commandFailure(printable(plan.error));
  return plan.value;
}

/**
 * Refuses to put the certificate of one key in place of that of another where nobody said so: the newest version of a key is another one
 * after each rotation. Where the version is given, or the key is to be made, somebody said so.
 * @param secret what is to be replaced: its name, and what it holds.
 * @throws {CodedError} `Failed`, which names both versions.
 */
export async function checkKeyStays(
  session: VaultSession,
  vault: Vault,
  plan: KeyPlan,
  { name, pem }: { readonly name: string; readonly pem: string },
): Promise<void> {
  const { keyName, keyVersion } = session.choice;
  if (plan.action === 'make' || keyVersion !== undefined) return;
  const where = `secret "${name}" of ${vault.url}`;
  const found = await session.ask(async (context) => await fetchCertificate(vault, { in: 'text', pem, where }, context));
  // What is no certificate is nobody's.
  if (!found.ok || found.value.isFor(plan.key.publicKey.publicKey)) return;
  const finder = createKeyFinder(vault, { name: keyName });
  const owner = await session.ask(async (context) => await finder.find(found.value, context));
  const old = owner.ok ? owner.value.key.version : undefined;
  const { version: newest } = plan.key;
  const whose =
    old === undefined ? `no version of the key "${keyName}" that was found` : `version ${old} of the key "${keyName}"`;
  const renew = old === undefined ? '' : `To renew the CA that is there, add --key-version ${old}. `;
  throw commandFailure(
    printable(
      `The ${where} holds the CA certificate "${found.value.subject}", which is for ${whose}; the newest one, ${newest}, would sign the new ` +
        `one, and that would be another CA, which nobody trusts yet. Nothing was made, and --force does not change that. ${renew}` +
        `To go over to another CA, add --key-version ${newest}, or --create-key --new-key-version.`,
    ),
  );
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
