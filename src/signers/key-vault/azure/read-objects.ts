import type { KeyVaultCertificate } from '@azure/keyvault-certificates';
import type { KeyVaultSecret } from '@azure/keyvault-secrets';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { VaultSecret } from '../vault.ts';
import type { Finding } from './finding.ts';

/** What was asked for, to which the answer must belong. */
export interface Wanted {
  readonly vaultUrl: string;
  readonly name: string;
  readonly version?: string | undefined;
}

/** The object that an answer is about. */
interface Named {
  readonly name?: unknown;
  readonly version?: unknown;
}

/**
 * The version that an answer is about, which must be of the object that was asked for. Names do not differ by case. Identifiers are made
 * of it and what was asked: the host in an answer is whatever the server writes there.
 */
export function versionOf({ name, version }: Named, wanted: Wanted): Result<string, Finding> {
  if (typeof version !== 'string' || !/^[0-9a-zA-Z-]{1,127}$/.test(version)) return invalidAnswer('names no version');
  const isOther = typeof name !== 'string' || name.toLowerCase() !== wanted.name.toLowerCase();
  if (isOther || (wanted.version !== undefined && version !== wanted.version)) {
    return invalidAnswer('is about another object than the one that was asked for');
  }
  return ok(version);
}

/** Reads a secret as a vault gives it. */
export function readSecret({ value, properties }: KeyVaultSecret, wanted: Wanted): Result<VaultSecret, Finding> {
  const version = versionOf(properties, wanted);
  if (!version.ok) return version;
  if (typeof value !== 'string') return invalidAnswer('holds no value');
  const { contentType } = properties;
  return ok({
    id: `${wanted.vaultUrl}/secrets/${wanted.name}/${version.value}`,
    value,
    ...(typeof contentType === 'string' ? { contentType } : {}),
  });
}

/** Reads a certificate as a vault gives it; whether it is one is for others to see. */
export function readCertificate(
  { cer, properties }: Pick<KeyVaultCertificate, 'cer' | 'properties'>,
  wanted: Wanted,
): Result<{ readonly id: string; readonly der: Uint8Array }, Finding> {
  const version = versionOf(properties, wanted);
  if (!version.ok) return version;
  if (!(cer instanceof Uint8Array) || cer.length === 0) return invalidAnswer('holds no certificate');
  return ok({ id: `${wanted.vaultUrl}/certificates/${wanted.name}/${version.value}`, der: cer });
}

/** An answer that does not say what answers of vaults say; nothing of it is repeated. */
export function invalidAnswer(what: string): Result<never, Finding> {
  return err({
    code: 'Invalid',
    what: `the answer ${what}`,
    advice: 'check keyVault.vaultUrl, and whether something between changes answers',
  });
}
