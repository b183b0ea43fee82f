import { formatDuration, parseDuration } from '../../lib/duration.ts';
import { printable } from '../../lib/printable.ts';
import { commandFailure, usageError } from '../deps.ts';
import { chainFindings, chainPem } from './chain.ts';
import { checkOutput, importCommand, writeOutput } from './output.ts';
import type { CreateFlags } from './create.ts';
import { algorithmOf, checkKeyStays, failureAfterKey, keyTypeOf, lookAtKey, obtainKey } from './key.ts';
import { caKeyOf } from '../../signers/key-vault/ca-key.ts';
import { type CertificatePlan, makeIntermediate, makeRoot } from './make.ts';
import { checkParentFlags, loadParent, type ParentCa, pathLengthUnder, whyNoParent } from './parent.ts';
import { checkHoldsSecrets, lookAtSecret, secretPlace, storeCertificates } from './store.ts';
import { whyNoRenewal } from './renewal.ts';
import type { VaultSession } from './session.ts';
import { writeFindings, writeWords } from './words.ts';
import { type NewCaWish, readNewCaWish } from './wish.ts';

const leastValidityMs = 3_600_000;
const mostValidityMs = 876_000 * 3_600_000;

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
  const stored = flags.store ? await lookAtSecret(session, vault, place) : undefined;
  const keyPlan = await lookAtKey(session, vault, wish.newKey);
  if (stored?.action === 'set' && stored.old !== undefined)
    await checkKeyStays(session, vault, keyPlan, { name: place.name, pem: stored.old });
  const parent = await loadParent(flags, session);
  if (stored?.action === 'set' && stored.old !== undefined && keyPlan.action === 'use') {
    const reason = whyNoRenewal(stored.old, keyPlan.key, wish.subject, parent);
    if (reason !== undefined) throw commandFailure(printable(reason));
  }
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
  writeFindings(deps, chainFindings(made.value));
  const pem = chainPem(made.value);
  await handOver(flags, session, pem, async () => await storeCertificates(session, vault, place, pem));
}

/** Writes and stores what was signed, as the options want it; printed where either fails: a right that is missing is no reason to sign again. */
async function handOver(flags: CreateFlags, session: VaultSession, pem: string, store: () => Promise<void>): Promise<void> {
  const { deps } = session;
  let file: string | undefined;
  try {
    if (!flags.store || flags.out !== undefined) await writeOutput(flags, pem, deps);
    file = flags.out;
    if (flags.store) await store();
    else deps.stderr.write(nothingStored(flags, file, session));
  } catch (error) {
    if (flags.out === undefined) deps.stdout.write(pem);
    deps.stderr.write(nothingStored(flags, file, session));
    throw error;
  }
}

function readValidity(text: string): number {
  const validity = parseDuration(text);
  const shown = `--validity: "${text.slice(0, 40)}"`;
  if (!validity.ok) throw usageError(`${shown} is not a duration; write it in hours or days: ten years are 87600h, or 3650d`);
  if (validity.value < leastValidityMs) {
    throw usageError(`${shown} is less than an hour; a CA is to live longer than what it signs`);
  }
  if (validity.value <= mostValidityMs) return validity.value;
  throw usageError(`${shown} is more than a hundred years; ten years are 87600h, or 3650d`);
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

function nothingStored({ secretName }: CreateFlags, file: string | undefined, session: VaultSession): string {
  const command = importCommand(session, { secretName, file: file ?? 'FILE' });
  return `Nothing was stored. To store it${file === undefined ? ', once it is in a file' : ''}: ${command}\n`;
}
