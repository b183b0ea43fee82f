import { printable } from '../../lib/printable.ts';
import { formatName } from '../../x509/name.ts';
import { parseCsr } from '../../x509/csr.ts';
import { checkOutput, importCommand, writeOutput } from './output.ts';
import { algorithmOf, failureAfterKey, keyTypeOf, lookAtKey, obtainKey } from './key.ts';
import { caKeyOf } from '../../signers/key-vault/ca-key.ts';
import { makeCsr } from './make.ts';
import type { NewCaFlags } from './options.ts';
import type { VaultSession } from './session.ts';
import { readNewCaWish } from './wish.ts';
import { keyTypeText, wordLines } from './words.ts';

/** Makes a CSR. @throws {CodedError} `Usage` or `Failed`; the message names the option, or what the vault said. */
export async function runCsr(flags: NewCaFlags, session: VaultSession): Promise<void> {
  const { deps, choice } = session;
  const { newKey, subject, pathLength, algorithm: wished } = readNewCaWish(flags, choice.keyVersion);
  await checkOutput(flags);
  const vault = await session.open(choice.vaultUrl);
  const keyPlan = await lookAtKey(session, vault, newKey);
  const algorithm = algorithmOf(keyTypeOf(keyPlan), 'The key', wished);
  const key = caKeyOf(vault, await obtainKey(session, vault, keyPlan));
  const made = await makeCsr(session, key, { subject, algorithm, ...(pathLength === undefined ? {} : { pathLength }) });
  const csr = made.ok ? parseCsr(made.value) : undefined;
  if (!made.ok || csr?.ok !== true) throw failureAfterKey(keyPlan, key.id, made.ok ? 'The CSR cannot be read.' : made.error);
  deps.stderr.write(
    wordLines([
      ['Subject', formatName(csr.value.subject)],
      ['Key', `${keyTypeText(key.publicKey.keyType)}, ${key.id}`],
      ['Signed with', algorithm],
      ['Asks for', `a CA certificate, ${pathLength === undefined ? 'with no path length' : `path length ${pathLength}`}`],
      ['Key id', Buffer.from(key.publicKey.keyId).toString('hex')],
    ]),
  );
  await writeOutput(flags, made.value, deps);
  const next = importCommand(session, { secretName: undefined, file: 'FILE' });
  deps.stderr.write(`Have it signed by the CA outside, then store what comes of it, with those above it: ${printable(next)}\n`);
}
