import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { whyUnusable } from '../../signers/key-vault/key-fitness.ts';
import type { VaultKey, VaultKeyParameters, VaultProblem } from '../../signers/key-vault/vault.ts';
import type { KeyType } from '../../x509/public-key.ts';
import { algorithmsFor, type SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import { commandFailure } from '../deps.ts';
import { ended } from '../../lib/sentence.ts';
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
export function planKey(
  found: Result<VaultKey, VaultProblem>,
  newKey: NewKeyWish | undefined,
  now: number,
): Result<KeyPlan, string> {
  if (found.ok) {
    if (newKey === undefined) {
      const reason = whyUnusable(found.value, now);
      return reason === undefined ? ok({ action: 'use', key: found.value }) : err(reason);
    }
    if (newKey.newVersion) return ok({ action: 'make', parameters: newKey.parameters });
    return err(
      `--create-key: the key is there already (${vaultKeyText(found.value)}, ${found.value.id}). Leave --create-key out to use it, or add ` +
        '--new-key-version to make a new version of it; the versions before stay, and issuers use the one that their CA certificate is for.',
    );
  }
  const { code, message } = found.error;
  if (newKey === undefined)
    return err(code === 'NotFound' ? `${ended(message)} To have the key made, add --create-key.` : message);
  if (code === 'NotFound' || (newKey.newVersion && isThere(code))) return ok({ action: 'make', parameters: newKey.parameters });
  if (!isThere(code)) return err(message);
  return err(
    `--create-key: there is such a key already: ${ended(message)} Give another --key, or add --new-key-version to make a new version.`,
  );
}

/** A key that is disabled or of a kind that cannot be used here is there all the same. */
function isThere(code: VaultProblem['code']): boolean {
  return code === 'Unusable' || code === 'Invalid';
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
  return commandFailure(printable(kept === '' ? reason : ended(reason) + kept));
}
