import { printable } from '../../lib/printable.ts';
import { readHeldCa } from '../../signers/ca/read-held.ts';
import { createKeyVaultHolder } from '../../signers/key-vault/holder.ts';
import { commandFailure, usageError } from '../deps.ts';
import { readCertificateFiles } from './certificate-files.ts';
import { chainFindings, chainPem, readChain } from './chain.ts';
import type { ImportFlags } from './import.ts';
import { checkHoldsSecrets, secretPlace, storeCertificates } from './store.ts';
import { granted, type VaultSession } from './session.ts';
import { keyNameOf } from './vault-settings.ts';
import { writeFindings, writeWords } from './words.ts';

/** Stores a certificate that is fit for issuers. @throws {CodedError} `Usage` or `Failed`; the message says what does not fit. */
export async function runImport(flags: ImportFlags, session: VaultSession): Promise<void> {
  const { deps, choice } = session;
  const files = flags.certificate ?? [];
  if (files.length === 0)
    throw usageError('--certificate: give the file of the certificate, or - to read it from standard input');
  const place = secretPlace(flags, choice);
  if (!flags.dryRun) checkHoldsSecrets(choice, 'Add --dry-run to check it alone');
  const certificate = await readCertificateFiles('--certificate', files, deps);
  const vault = await session.open(choice.vaultUrl);
  const key = keyNameOf(choice.keyName, choice.keyVersion);
  const holder = createKeyVaultHolder(vault, { key, certificate }, deps);
  const held = granted(await session.ask(async (context) => await holder.load(context)));
  const now = deps.clock.now();
  const fit = granted(readHeldCa(held, { signatureAlgorithmField: '--signature-algorithm' }, now));
  const chain = readChain(fit.certificate);
  if (!chain.ok) throw commandFailure(`--certificate: ${printable(chain.error)}`);
  const { id, publicKey, algorithms } = fit.key;
  writeWords(deps, { certificate: fit.certificate.certificate, key: { id, keyType: publicKey.keyType }, algorithms, now });
  writeFindings(deps, chainFindings(chain.value));
  for (const { message } of fit.warnings) deps.stderr.write(`warning: ${printable(message)}\n`);
  if (flags.dryRun) deps.stderr.write('It fits. Nothing was stored (--dry-run).\n');
  else await storeCertificates(session, vault, place, chainPem(chain.value));
}
