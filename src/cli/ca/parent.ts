import { printable } from '../../lib/printable.ts';
import { readHeldCa } from '../../signers/ca/read-held.ts';
import type { CertificateSource } from '../../signers/key-vault/certificate-source.ts';
import { createKeyVaultHolder } from '../../signers/key-vault/holder.ts';
import { commandFailure, usageError } from '../deps.ts';
import { readCertificateFiles } from './certificate-files.ts';
import type { CreateFlags } from './create.ts';
import type { ParentCa } from './parent-plan.ts';
import type { VaultSession } from './session.ts';
import { checked } from './vault-settings.ts';

/** @throws {CodedError} `Usage` where an option on the parent is given without one, or does not fit. */
export function checkParentFlags(flags: CreateFlags): void {
  const { parentKey, parentCertificate, parentSecretName } = flags;
  const others = {
    '--parent-key-version': flags.parentKeyVersion,
    '--parent-vault-url': flags.parentVaultUrl,
    '--parent-secret-name': parentSecretName,
    '--parent-certificate': parentCertificate,
  };
  for (const [option, value] of Object.entries(others)) {
    if (value !== undefined && parentKey === undefined) {
      throw usageError(
        `${option}: belongs to --parent-key, which names the key of the CA that signs; add that, or leave ${option} out`,
      );
    }
  }
  if (parentCertificate !== undefined && parentSecretName !== undefined) {
    throw usageError("--parent-certificate: the parent's certificate is in one place; leave this or --parent-secret-name out");
  }
  if (parentKey !== undefined) checked('keyName', { value: parentKey, from: '--parent-key' });
  if (flags.parentKeyVersion !== undefined)
    checked('keyVersion', { value: flags.parentKeyVersion, from: '--parent-key-version' });
  if (flags.parentVaultUrl !== undefined) checked('vaultUrl', { value: flags.parentVaultUrl, from: '--parent-vault-url' });
  if (parentSecretName !== undefined) checked('keyName', { value: parentSecretName, from: '--parent-secret-name' });
}

/** Finds the certificate and key of the CA that signs, as an issuer would; undefined for a root. @throws {CodedError} `Failed` */
export async function loadParent(flags: CreateFlags, session: VaultSession): Promise<ParentCa | undefined> {
  const { parentKey: name, parentKeyVersion: version, parentVaultUrl, parentCertificate, parentSecretName } = flags;
  if (name === undefined) return undefined;
  const { deps, choice } = session;
  const vault = await session.open(parentVaultUrl ?? choice.vaultUrl);
  const certificate: CertificateSource =
    parentCertificate === undefined
      ? { in: 'secret', name: parentSecretName ?? name }
      : {
          in: 'text',
          pem: await readCertificateFiles('--parent-certificate', [parentCertificate], deps),
          where: 'the file of --parent-certificate',
        };
  const key = { name, ...(version === undefined ? {} : { version }) };
  const holder = createKeyVaultHolder(vault, { key, certificate }, deps);
  const held = await session.ask(async (context) => await holder.load(context));
  const settings = { signatureAlgorithmField: '--signature-algorithm' };
  const fit = held.ok ? readHeldCa(held.value, settings, deps.clock.now()) : held;
  if (!fit.ok) throw commandFailure(`--parent-key: ${printable(fit.error.message)}`);
  return fit.value;
}
