import { formatDuration, parseDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { commandFailure, usageError } from '../deps.ts';
import { chainFindings, chainPem } from './chain.ts';
import { importCommand } from './commands.ts';
import type { CreateFlags } from './create.ts';
import { algorithmOf, failureAfterKey, keyTypeOf } from './key-plan.ts';
import { caKeyOf } from '../../signers/key-vault/ca-key.ts';
import { lookAtKey, obtainKey } from './key.ts';
import { type CertificatePlan, makeIntermediate, makeRoot } from './make.ts';
import { checkOutput, writeOutput } from './output.ts';
import { type ParentCa, pathLengthUnder, whyNoParent } from './parent-plan.ts';
import { checkParentFlags, loadParent } from './parent.ts';
import { checkHoldsSecrets, secretPlace } from './secret-place.ts';
import type { VaultSession } from './session.ts';
import { writeFindings, writeWords } from './show-words.ts';
import { lookAtSecret, storeCertificates } from './store.ts';
import { type NewCaWish, readNewCaWish } from './wish.ts';

const leastValidityMs = 3_600_000;

/**
 * Makes a root or an intermediate. What can be refused is refused before a key is made, and nothing is stored that was not shown.
 * @throws {CodedError} `Usage` or `Failed`; the message names the option, or what the vault said.
 */
export async function runCreate(flags: CreateFlags, session: VaultSession): Promise<void> {
  const { deps, choice } = session;
  const wish = readNewCaWish(flags, choice.keyVersion);
  const validityMs = readValidity(flags.validity);
  checkParentFlags(flags);
  const place = secretPlace(flags, choice);
  if (flags.store) checkHoldsSecrets(choice, 'Leave --store out, so that it is printed');
  await checkOutput(flags);
  const vault = await session.open(choice.vaultUrl);
  if (flags.store) await lookAtSecret(session, vault, place);
  const keyPlan = await lookAtKey(session, vault, wish.newKey);
  const parent = await loadParent(flags, session);
  if (parent !== undefined) checkParent(parent, wish, keyPlan.action === 'use' ? keyPlan.key : undefined);
  const signer = parent === undefined ? keyTypeOf(keyPlan) : parent.key.publicKey.keyType;
  const algorithm = algorithmOf(
    signer,
    parent === undefined ? 'The key' : 'The parent, which signs the certificate,',
    wish.algorithm,
  );
  const pathLength = parent === undefined ? wish.pathLength : pathLengthOf(parent, wish);
  const plan: CertificatePlan = {
    subject: wish.subject,
    validityMs,
    algorithm,
    ...(pathLength === undefined ? {} : { pathLength }),
  };

  const key = caKeyOf(vault, await obtainKey(session, vault, keyPlan));
  const made = parent === undefined ? await makeRoot(session, key, plan) : await makeIntermediate(session, key, plan, parent);
  if (!made.ok) throw failureAfterKey(keyPlan, key.id, made.error);
  const [certificate] = made.value;
  if (certificate === undefined) throw new Error('a chain was made that is empty');
  const now = deps.clock.now();
  const isCut = parent !== undefined && certificate.notAfter < now + validityMs - 60_000;
  writeWords(deps, {
    certificate,
    key: { id: key.id, keyType: key.publicKey.keyType },
    now,
    ...(isCut ? { validityNote: `not ${formatDuration(validityMs)}: it ends with its parent` } : {}),
  });
  writeFindings(deps, chainFindings(made.value, now));
  const pem = chainPem(made.value);
  if (!flags.store || flags.out !== undefined) await writeOutput(flags, pem, deps);
  if (!flags.store) {
    deps.stderr.write(nothingStored(flags, session));
    return;
  }
  try {
    await storeCertificates(session, vault, place, pem);
  } catch (error) {
    // What was signed is not to be signed again for a right that is missing.
    if (flags.out === undefined) deps.stdout.write(pem);
    deps.stderr.write(nothingStored(flags, session));
    throw error;
  }
}

function readValidity(text: string): number {
  const validity = parseDuration(text);
  if (!validity.ok) throw usageError(`--validity: ${validity.error}`);
  if (validity.value >= leastValidityMs) return validity.value;
  throw usageError(`--validity: "${text.slice(0, 40)}" is less than an hour; a CA is to live longer than what it signs`);
}

function checkParent(parent: ParentCa, { subject }: NewCaWish, own: Parameters<typeof whyNoParent>[2]): void {
  const reason = whyNoParent(parent, subject, own);
  if (reason !== undefined) throw commandFailure(printable(reason));
}

function pathLengthOf(parent: ParentCa, wish: NewCaWish): number | undefined {
  const pathLength = pathLengthUnder(parent, wish.pathLength);
  if (!pathLength.ok) throw commandFailure(printable(pathLength.error));
  return pathLength.value;
}

function nothingStored({ secretName, out }: CreateFlags, session: VaultSession): string {
  const command = importCommand(session, { secretName, file: out ?? 'FILE' });
  return `Nothing was stored. To store it${out === undefined ? ', once it is in a file' : ''}: ${command}\n`;
}
