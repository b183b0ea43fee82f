import type { VaultKeyParameters } from '../../signers/key-vault/vault.ts';
import { parseSubject } from '../../x509/distinguished-name.ts';
import { digestAlgorithms, type SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import { usageError } from '../deps.ts';
import { curves, keySizes, keyTypes, type NewCaFlags } from './options.ts';

/** What is to be made of the key, whether a certificate or a CSR. */
export interface NewCaWish {
  /** DER of a Name. */
  readonly subject: Uint8Array;
  readonly pathLength?: number;
  /** How the certificate or CSR is signed, where it is said. */
  readonly algorithm?: SignatureAlgorithm;
  readonly newKey?: NewKeyWish;
}

/** The key to be made. */
export interface NewKeyWish {
  readonly parameters: VaultKeyParameters;
  /** A new version of a key that is there. */
  readonly newVersion: boolean;
}

/** Well beyond any hierarchy there is. */
const mostPathLength = 20;

/**
 * Reads the options.
 * @param keyVersion given on the command line.
 * @throws {CodedError} `Usage`: the message begins with the flag.
 */
export function readNewCaWish(flags: NewCaFlags, keyVersion: string | undefined): NewCaWish {
  const algorithm = digestAlgorithms.find((name) => name === flags.signatureAlgorithm);
  const newKey = readNewKey(flags, keyVersion);
  return {
    subject: readSubject(flags),
    ...(flags.pathLength === undefined ? {} : { pathLength: readPathLength(flags.pathLength) }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(newKey === undefined ? {} : { newKey }),
  };
}

function readSubject({ subject, commonName }: NewCaFlags): Uint8Array {
  if (subject !== undefined && commonName !== undefined) {
    throw usageError('--common-name: --subject has a common name of its own; leave one of the two out');
  }
  if (subject === undefined && commonName === undefined) {
    throw usageError('--subject: give the name of the CA, such as "CN=Example Root CA,O=Example"');
  }
  const option = subject === undefined ? '--common-name' : '--subject';
  const parsed = parseSubject(subject ?? `CN=${(commonName ?? '').replaceAll(/[ "#+,;<=>\\]/g, String.raw`\$&`)}`);
  if (!parsed.ok) throw usageError(`${option}: ${parsed.error}`);
  return parsed.value;
}

function readPathLength(text: string): number {
  const length = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (length <= mostPathLength) return length;
  throw usageError(`--path-length: "${text.slice(0, 20)}" is not a whole number from 0 to ${mostPathLength}`);
}

function readNewKey(flags: NewCaFlags, keyVersion: string | undefined): NewKeyWish | undefined {
  const { createKey, newKeyVersion: newVersion, keySize, curve } = flags;
  if (!createKey) {
    const stray = [
      ...(newVersion ? ['--new-key-version'] : []),
      ...(flags.keyType === undefined ? [] : ['--key-type']),
      ...(keySize === undefined ? [] : ['--key-size']),
      ...(curve === undefined ? [] : ['--curve']),
    ][0];
    if (stray !== undefined)
      throw usageError(`${stray}: belongs to --create-key, which makes a key; add that, or leave ${stray} out`);
    return undefined;
  }
  if (keyVersion !== undefined) {
    throw usageError('--key-version: a key that is made gets a version of its own; leave --key-version or --create-key out');
  }
  const type = keyTypes.find((name) => name === flags.keyType) ?? 'RSA';
  if (type === 'RSA' || type === 'RSA-HSM') {
    if (curve !== undefined)
      throw usageError(`--curve: an ${type} key has none; set --key-type EC or EC-HSM, or leave --curve out`);
    const bits = ([2048, 3072, 4096] as const).find((size) => String(size) === (keySize ?? keySizes[1])) ?? 3072;
    return { parameters: { type, bits }, newVersion };
  }
  if (keySize !== undefined) throw usageError(`--key-size: an ${type} key is as large as its curve; use --curve`);
  return { parameters: { type, curve: curves.find((name) => name === curve) ?? curves[0] }, newVersion };
}
