import { createPublicKey } from 'node:crypto';
import { type KeyProperties, type KeyVaultKey, parseKeyVaultKeyIdentifier } from '@azure/keyvault-keys';
import { err, ok, type Result } from '../../../lib/result.ts';
import { Asn1Error, decodeDer } from '../../../x509/asn1.ts';
import { type PublicKey, readPublicKey } from '../../../x509/public-key.ts';
import type { VaultKey, VaultKeyType, VaultKeyVersion } from '../vault.ts';
import type { Finding } from './finding.ts';
import { invalidAnswer, versionOf, type Wanted } from './read-objects.ts';

const types: readonly string[] = ['RSA', 'RSA-HSM', 'EC', 'EC-HSM'] satisfies readonly VaultKeyType[];
const possible = 'a CA signs with a key of type RSA, RSA-HSM, EC or EC-HSM; EC keys on P-256, P-384 or P-521';
/** More is no number of an RSA key, and no point of a curve. */
const mostOctets = 2048;

/** Reads a key as a vault gives it; the error says what is missing or what cannot be used. */
export function readKey({ key, keyType, keyOperations, properties }: KeyVaultKey, wanted: Wanted): Result<VaultKey, Finding> {
  const { vaultUrl, name } = wanted;
  const version = versionOf(properties, wanted);
  if (!version.ok) return version;
  if (key === undefined) return invalidAnswer('holds no key');
  if (!isKeyType(keyType))
    return unfit(`it is a key of type ${typeof keyType === 'string' ? keyType.slice(0, 20) : 'unknown'}`);
  const publicKey = readMaterial(keyType, key);
  if (!publicKey.ok) return publicKey;
  const notBefore = timeOf(properties.notBefore);
  const expiresOn = timeOf(properties.expiresOn);
  return ok({
    id: `${vaultUrl}/keys/${name}/${version.value}`,
    name,
    version: version.value,
    type: keyType,
    publicKey: publicKey.value,
    maySign: Array.isArray(keyOperations) && keyOperations.includes('sign'),
    enabled: properties.enabled !== false,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expiresOn === undefined ? {} : { expiresOn }),
  });
}

/** Reads an entry of the list of versions; undefined where it is none. */
export function readKeyVersion(properties: KeyProperties, wanted: Wanted): VaultKeyVersion | undefined {
  const version = versionOf(properties, wanted);
  if (!version.ok) return undefined;
  return { version: version.value, enabled: properties.enabled !== false, createdOn: timeOf(properties.createdOn) ?? 0 };
}

/** A key as the client that signs wants it: the vault itself says whether it may be used. */
export function toSdkKey({ id, name, version }: VaultKey): KeyVaultKey {
  const { vaultUrl } = parseKeyVaultKeyIdentifier(id);
  return { id, name, properties: { id, name, version, vaultUrl } };
}

function readMaterial(type: VaultKeyType, { n, e, crv, x, y }: NonNullable<KeyVaultKey['key']>): Result<PublicKey, Finding> {
  const isRsa = type.startsWith('RSA');
  const parts = isRsa ? { n, e } : { x, y };
  if (!Object.values(parts).every(isNumber)) return invalidAnswer('holds no public key');
  const encoded = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, Buffer.from(part ?? []).toString('base64url')]),
  );
  if (!isRsa && !['P-256', 'P-384', 'P-521'].includes(String(crv))) return unfit(`its curve is ${String(crv).slice(0, 20)}`);
  try {
    const jwk = isRsa ? { kty: 'RSA', ...encoded } : { kty: 'EC', crv: String(crv), ...encoded };
    const spki = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' });
    const read = readPublicKey(decodeDer(spki, 'the public key'));
    return read.ok ? read : unfit(`it is ${read.error.message}`);
  } catch (error) {
    if (error instanceof Asn1Error) return unfit(error.message);
    return invalidAnswer('holds numbers that are no public key');
  }
}

function isKeyType(type: unknown): type is VaultKeyType {
  return typeof type === 'string' && types.includes(type);
}

function isNumber(part: unknown): boolean {
  return part instanceof Uint8Array && part.length > 0 && part.length <= mostOctets;
}

function timeOf(date: unknown): number | undefined {
  return date instanceof Date && Number.isFinite(date.getTime()) ? date.getTime() : undefined;
}

function unfit(what: string): Result<never, Finding> {
  return err({ code: 'Unfit', what, advice: possible });
}
