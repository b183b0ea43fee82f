import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '../../../lib/result.ts';
import { decodePem, holdsPrivateKey } from '../../../x509/pem.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { WrittenJwt } from '../schema/auth.ts';
import type { AuthInput } from './input.ts';
import { authError, configError } from './problems.ts';
import { readText, readValue } from './secret-keys.ts';
import { textOf } from './secret-texts.ts';

export type JwtAlgorithm = NonNullable<WrittenJwt['algorithm']>;

/** A key that fits the algorithm; `certificates` as header x5c holds them (RFC 7515 section 4.1.6). */
export interface SigningKey {
  readonly algorithm: JwtAlgorithm;
  readonly key: KeyObject | Uint8Array;
  readonly certificates?: readonly string[];
}

/** What is signed for, and how. `purpose` is for messages: `pki.auth.type jwt`. */
export interface SigningKeyWish {
  readonly purpose: string;
  /** The block in the configuration: `pki.auth.jwt`. */
  readonly field: string;
  readonly algorithm?: JwtAlgorithm | undefined;
  readonly x5c?: boolean;
}

const privateKeys = ['private-key', 'tls.key'];
const certificateKey = 'tls.crt';
/** RFC 7518 section 3.3 */
const leastRsaBits = 2048;

const curveAlgorithms: Readonly<Record<string, JwtAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** Reads the key that tokens are signed with, and the certificates that go with it. */
export function readSigningKey(input: AuthInput, wish: SigningKeyWish): Result<SigningKey, ConfigProblem> {
  if (wish.algorithm === 'HS256') return readSharedKey(input, wish);
  const keys = input.secretKey === undefined ? privateKeys : [input.secretKey];
  const pem = readText(input, keys, wish.purpose);
  if (!pem.ok) return pem;
  const key = readPrivateKey(pem.value.text);
  if (!key.ok) return authError(`${pem.value.place}: ${key.error}`);
  const possible = algorithmsOf(key.value);
  if (!possible.ok) return authError(`${pem.value.place}: ${possible.error}`);
  const [usual] = possible.value;
  const algorithm = wish.algorithm ?? usual;
  if (!possible.value.includes(algorithm)) {
    return authError(
      `${pem.value.place}: is a key for ${possible.value.join(' or ')}, but ${wish.field}.algorithm is ${algorithm}; change one of them`,
    );
  }
  if (wish.x5c !== true) return ok({ algorithm, key: key.value });
  const certificates = readCertificates(input, key.value, pem.value.place);
  return certificates.ok ? ok({ algorithm, key: key.value, certificates: certificates.value }) : certificates;
}

/** A text is trimmed; other bytes are the key as they are. */
function readSharedKey(input: AuthInput, { purpose, field, x5c }: SigningKeyWish): Result<SigningKey, ConfigProblem> {
  if (x5c === true) return configError(`${field}.x5c: a shared key (HS256) has no certificates; set it to false`);
  const value = readValue(input, [input.secretKey ?? 'secret'], purpose);
  if (!value.ok) return value;
  const { bytes, place } = value.value;
  const text = textOf(bytes);
  const key = text === undefined ? bytes : Buffer.from(text, 'utf8');
  return key.length > 0 ? ok({ algorithm: 'HS256', key }) : authError(`${place}: is empty; store the shared key there`);
}

function readPrivateKey(pem: string): Result<KeyObject, string> {
  if (pem.includes('ENCRYPTED')) {
    return err(
      'is encrypted; store it decrypted ("openssl pkey -in KEY -out DECRYPTED"), protected by who may read the Secret',
    );
  }
  if (!holdsPrivateKey(pem)) return err('is no PEM private key; it needs a block -----BEGIN PRIVATE KEY-----');
  try {
    return ok(createPrivateKey(pem));
  } catch {
    // The parser's own words may quote the key.
    return err('cannot be read; write it as PKCS #8 ("openssl pkey -in KEY -out PKCS8")');
  }
}

/** The algorithms that a key is good for, the usual one first. */
function algorithmsOf(key: KeyObject): Result<readonly [JwtAlgorithm, ...JwtAlgorithm[]], string> {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return ok(['EdDSA']);
  if (type === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    if (bits >= leastRsaBits) return ok(['RS256', 'PS256']);
    return err(`is an RSA key of ${bits} bits; tokens need ${leastRsaBits} at least`);
  }
  const algorithm = type === 'ec' ? curveAlgorithms[details?.namedCurve ?? ''] : undefined;
  if (algorithm !== undefined) return ok([algorithm]);
  return err('is a key of a kind that signs no tokens; use RSA, ECDSA on P-256, P-384 or P-521, or Ed25519');
}

function readCertificates(input: AuthInput, key: KeyObject, keyPlace: string): Result<readonly string[], ConfigProblem> {
  const pem = readText(input, [certificateKey], 'pki.auth.jwt.x5c');
  if (!pem.ok) return pem;
  const { place, text } = pem.value;
  const blocks = decodePem(text);
  if (!blocks.ok) return authError(`${place}: ${blocks.error.message}`);
  const [first, ...others] = blocks.value.filter(({ label }) => label === 'CERTIFICATE');
  if (first === undefined) return authError(`${place}: holds no certificate in PEM; put the one of the key there, first`);
  if (!fits(first.der, key)) {
    return authError(
      `${place}: its first certificate is not that of the private key in ${keyPlace}; put the one of the key first`,
    );
  }
  return ok([first, ...others].map(({ der }) => Buffer.from(der).toString('base64')));
}

function fits(der: Uint8Array, key: KeyObject): boolean {
  try {
    return new X509Certificate(der).checkPrivateKey(key);
  } catch {
    return false;
  }
}
