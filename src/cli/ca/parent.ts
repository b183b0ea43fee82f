import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { CaKey } from '../../signers/ca/contract.ts';
import { readHeldCa } from '../../signers/ca/read-held.ts';
import type { CertificateSource } from '../../signers/key-vault/certificate-source.ts';
import { createKeyVaultHolder } from '../../signers/key-vault/holder.ts';
import type { CaCertificate } from '../../x509/ca-certificate.ts';
import { formatName } from '../../x509/name.ts';
import { commandFailure, usageError } from '../deps.ts';
import { readCertificateFiles } from './certificate-files.ts';
import type { CreateFlags } from './create.ts';
import type { VaultSession } from './session.ts';
import { checked, keyNameOf } from './vault-settings.ts';

/** The CA that signs an intermediate. */
export interface ParentCa {
  readonly certificate: CaCertificate;
  readonly key: CaKey;
}

/**
 * The path length of an intermediate: what is wished, or the greatest that those above it leave; undefined where any number is left.
 * The error is a sentence that begins with the option.
 */
export function pathLengthUnder(
  { certificate: { certificate, limits } }: Pick<ParentCa, 'certificate'>,
  wished: number | undefined,
): Result<number | undefined, string> {
  const room = (limits.pathLength ?? Infinity) - 1;
  const name = formatName(certificate.subject, 200);
  if (room < 0) {
    return err(
      `--parent-key: "${name}" may have no CA below it, by its path length or by those above it. Choose another parent, or make it anew with a greater --path-length.`,
    );
  }
  if (wished !== undefined && wished > room) {
    return err(`--path-length: under "${name}" it is ${room} at most. Give ${room} or less, or leave it out.`);
  }
  return ok(wished ?? (room === Infinity ? undefined : room));
}

/** What keeps a parent from signing this subject and key, as a sentence; undefined where nothing does. */
export function whyNoParent(
  { certificate: { certificate }, key }: ParentCa,
  subject: Uint8Array,
  own: Pick<CaKey, 'publicKey'> | undefined,
): string | undefined {
  if (own !== undefined && Buffer.compare(own.publicKey.spki, key.publicKey.spki) === 0) {
    return '--parent-key: it is the same key as --key. For a self-signed root leave --parent-key out; an intermediate has a key of its own.';
  }
  if (Buffer.compare(subject, certificate.subject.der) === 0) {
    return `--subject: "${formatName(certificate.subject, 200)}" is the name of the parent; a CA that has the name of its issuer is taken for a root. Give another.`;
  }
  return undefined;
}

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
      : await readCertificateFiles('--parent-certificate', [parentCertificate], deps);
  const holder = createKeyVaultHolder(vault, { key: keyNameOf(name, version), certificate }, deps);
  const held = await session.ask(async (context) => await holder.load(context), 'parent-');
  const settings = { signatureAlgorithmField: '--signature-algorithm' };
  const fit = held.ok ? readHeldCa(held.value, settings, deps.clock.now()) : held;
  if (!fit.ok) throw commandFailure(`--parent-key: ${printable(fit.error.message)}`);
  return fit.value;
}
