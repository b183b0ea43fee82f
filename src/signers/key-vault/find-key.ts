import { err, ok, type Result } from '../../lib/result.ts';
import type { CaProblem, HeldCa } from '../ca/contract.ts';
import type { CallContext } from '../signer.ts';
import type { FoundCertificate } from './certificate.ts';
import { broken, problemOf } from './problems.ts';
import type { ReadVault } from './renewed-login.ts';
import type { VaultKey, VaultProblem } from './vault.ts';

/** Which key of the vault is the CA's. */
export interface KeyName {
  readonly name: string;
  /** Not set: the version that the CA certificate is for. */
  readonly version?: string;
}

/** The version of the key that belongs to a certificate. */
export interface FoundKey {
  readonly key: VaultKey;
  readonly warnings: HeldCa['warnings'];
}

/** Finds the version of a key that a certificate is for. */
export interface KeyFinder {
  find(certificate: FoundCertificate, context: CallContext): Promise<Result<FoundKey, CaProblem>>;
}

type Keys = Pick<ReadVault, 'url' | 'getKey' | 'listKeyVersions'>;
type Fetched = Result<VaultKey, VaultProblem>;

/** Each is one call, since a list has no public keys. */
const mostVersions = 20;

/**
 * Finds keys in a vault. A version that was found is remembered: after that a search costs one call, and one more while there is a
 * newer version that the certificate is not for.
 */
export function createKeyFinder(vault: Keys, { name, version: wanted }: KeyName): KeyFinder {
  let remembered: string | undefined;
  const keyWords = `the key "${name}" of ${vault.url}`;

  async function findWanted(certificate: FoundCertificate, context: CallContext): Promise<Result<FoundKey, CaProblem>> {
    const key = await vault.getKey(name, wanted, context);
    if (!key.ok) return err(problemOf(key.error));
    if (fitting(key, certificate) !== undefined) return ok({ key: key.value, warnings: [] });
    return mismatch(
      `Version ${wanted} of ${keyWords}, which keyVault.keyVersion names, does not belong to the CA certificate in ${placeOf(certificate)}. ` +
        'Correct keyVersion, or remove it to have the version found that belongs to the certificate.',
    );
  }

  async function findByCertificate(certificate: FoundCertificate, context: CallContext): Promise<Result<FoundKey, CaProblem>> {
    const newest = await vault.getKey(name, undefined, context);
    if (!newest.ok && !isUnusable(newest.error)) return err(problemOf(newest.error));
    const current = fitting(newest, certificate);
    if (current !== undefined) return found(current, newest, certificate);
    const seen = newest.ok ? [newest.value.version] : [];
    if (remembered !== undefined && !seen.includes(remembered)) {
      const kept = await vault.getKey(name, remembered, context);
      const old = fitting(kept, certificate);
      if (old !== undefined) return found(old, newest, certificate);
      if (!kept.ok && kept.error.code !== 'NotFound') return err(problemOf(kept.error));
      seen.push(remembered);
    }
    const other = await search(certificate, seen, context);
    if (!other.ok) return other;
    if ('key' in other.value) return found(other.value.key, newest, certificate);
    // Most likely the one that cannot be read is the one that is meant.
    if (!newest.ok) return err(problemOf(newest.error));
    return mismatch(
      `No version of ${keyWords} belongs to the CA certificate in ${placeOf(certificate)}: ${other.value.looked}. ` +
        `Make a certificate for the key (external-issuer ca create, or ca csr and ca import), correct keyVault.keyName or ` +
        'keyVault.caCertificate, or name the version in keyVault.keyVersion.',
    );
  }

  /** Looks at the versions that were not seen yet, the newest first. */
  async function search(
    certificate: FoundCertificate,
    seen: readonly string[],
    context: CallContext,
  ): Promise<Result<{ readonly key: VaultKey } | { readonly looked: string }, CaProblem>> {
    const listed = await vault.listKeyVersions(name, context);
    if (!listed.ok)
      return err(listed.error.code === 'Forbidden' ? cannotList(certificate, listed.error) : problemOf(listed.error));
    const others = listed.value.filter(({ version }) => !seen.includes(version));
    const unread: string[] = [];
    for (const { version } of others.slice(0, mostVersions)) {
      const key = await vault.getKey(name, version, context);
      const fit = fitting(key, certificate);
      if (fit !== undefined) return ok({ key: fit });
      if (key.ok) continue;
      if (key.error.code !== 'NotFound' && !isUnusable(key.error)) return err(problemOf(key.error));
      unread.push(version);
    }
    return ok({ looked: lookedWords(seen.length + others.length, Math.max(0, others.length - mostVersions), unread) });
  }

  function cannotList(certificate: FoundCertificate, { message, cause }: VaultProblem): CaProblem {
    const text =
      `The newest version of ${keyWords} does not belong to the CA certificate in ${placeOf(certificate)}, and the other versions cannot ` +
      'be looked at. Name the version that does in keyVault.keyVersion, or let the identity list them. ' +
      message;
    return { ...broken('CAMismatch', text), ...(cause === undefined ? {} : { cause }) };
  }

  function found(key: VaultKey, newest: Fetched, certificate: FoundCertificate): Result<FoundKey, CaProblem> {
    remembered = key.version;
    if (!newest.ok || newest.value.version === key.version || !newest.value.enabled) return ok({ key, warnings: [] });
    const message =
      `The newest version of ${keyWords}, ${newest.value.version}, has no certificate yet. The CA goes on to sign with version ` +
      `${key.version}, which the CA certificate in ${certificate.where} is for; nothing has to be done for that where the identity has the permission ` +
      `Key/List. Without it, set keyVault.keyVersion to ${key.version} before the controller restarts or the issuer is changed: this ` +
      'version could not be found again. To move to the new version, make a certificate for it with external-issuer ca create (or ca ' +
      `csr) --key-version ${newest.value.version}.`;
    return ok({ key, warnings: [{ code: 'NewKeyVersion', message }] });
  }

  return { find: wanted === undefined ? findByCertificate : findWanted };
}

/** The key, where the certificate is for it. */
function fitting(key: Fetched, certificate: FoundCertificate): VaultKey | undefined {
  return key.ok && certificate.isFor(key.value.publicKey.publicKey) ? key.value : undefined;
}

function isUnusable({ code }: VaultProblem): boolean {
  return code === 'Unusable' || code === 'Unfit';
}

function placeOf({ where, subject }: FoundCertificate): string {
  return `${where} ("${subject}")`;
}

function lookedWords(all: number, more: number, unread: readonly string[]): string {
  const words = [
    all === 1 ? 'it has one' : `${all - more} of ${all} were looked at`,
    ...(unread.length === 0 ? [] : [`${unread.slice(0, 3).join(', ')} could not be read, being disabled or deleted`]),
  ];
  return words.join('; ');
}

function mismatch(message: string): Result<never, CaProblem> {
  return err(broken('CAMismatch', message));
}
