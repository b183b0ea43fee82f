import { err, ok, type Result } from '../lib/result.ts';
import { Asn1Error, type Asn1Node, bitOctets, decodeDer, sequenceOf, smallInteger, TrailingDataError } from './asn1.ts';
import { DuplicateExtensionError, extensionOids, type RawExtension } from './extensions.ts';
import { type Name, readName } from './name.ts';
import { decodePem, encodePem } from './pem.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';
import { readExtensionRequest, readRequested, type RequestedExtensions } from './requested.ts';
import { noSans, readSans, type SubjectAltNames } from './san.ts';
import { readSignatureScheme, verifySignature } from './signature.ts';

/** A PKCS #10 request (RFC 2986), parsed, its signature verified, its key found acceptable. */
export interface Csr extends PublicKey {
  readonly der: Uint8Array;
  /** Normalised: one block, 64 characters a line, LF, trailing newline. */
  readonly pem: string;
  readonly subject: Name;
  readonly sans: SubjectAltNames;
  readonly sanExtension?: RawExtension;
  readonly requested: RequestedExtensions;
}

/** Stable codes of what may be wrong with a CSR; all are for good: no later attempt can succeed. */
export type CsrProblemCode =
  | 'CsrTooLarge'
  | 'CsrMalformed'
  | 'CsrTrailingData'
  | 'CsrDuplicateExtension'
  | 'CsrKeyUnsupported'
  | 'CsrKeyTooSmall'
  | 'CsrKeyTooLarge'
  | 'CsrSignatureUnsupported'
  | 'CsrSignatureInvalid';

/** Why a CSR is refused, in words for the people who made it. */
export interface CsrProblem {
  readonly code: CsrProblemCode;
  readonly message: string;
}

const maxDerBytes = 64 * 1024;
const maxPemChars = 2 * maxDerBytes;
const csrLabels = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']);
const keyCodes = { unsupported: 'CsrKeyUnsupported', 'too-small': 'CsrKeyTooSmall', 'too-large': 'CsrKeyTooLarge' } as const;

/** Parses a CSR from PEM (text or its bytes) or DER (bytes) and verifies its signature. At most 64 KiB of DER. */
export function parseCsr(input: string | Uint8Array): Result<Csr, CsrProblem> {
  const der = toDer(input);
  if (!der.ok) return der;
  if (der.value.length > maxDerBytes) return tooLarge(der.value.length, 'bytes', maxDerBytes);
  const root = decode(der.value);
  if (!root.ok) return root;
  try {
    return readCsr(der.value, root.value);
  } catch (error) {
    if (error instanceof DuplicateExtensionError) {
      return problem('CsrDuplicateExtension', `${error.message}; make a CSR with each extension once`);
    }
    return malformed(error);
  }
}

function decode(der: Uint8Array): Result<Asn1Node, CsrProblem> {
  try {
    return ok(decodeDer(der, 'the CSR'));
  } catch (error) {
    if (error instanceof TrailingDataError) return problem('CsrTrailingData', `${error.message}; send the CSR alone`);
    return malformed(error);
  }
}

function malformed(error: unknown): Result<never, CsrProblem> {
  const detail = error instanceof Asn1Error ? error.message : 'it does not follow PKCS #10 (RFC 2986)';
  return problem('CsrMalformed', `${detail}; make the CSR anew, for example with cert-manager or "openssl req -new"`);
}

function toDer(input: string | Uint8Array): Result<Uint8Array, CsrProblem> {
  if (typeof input !== 'string' && isDer(input)) return ok(input);
  const { length } = input;
  if (length > maxPemChars) return tooLarge(length, 'characters', maxPemChars);
  const blocks = decodePem(typeof input === 'string' ? input : Buffer.from(input).toString('latin1'), {
    maxChars: maxPemChars,
  });
  if (!blocks.ok) return problem('CsrMalformed', `${blocks.error.message}; send the CSR as PEM`);
  const [block, second] = blocks.value;
  if (block === undefined)
    return problem('CsrMalformed', 'it is no PEM; it must begin with -----BEGIN CERTIFICATE REQUEST-----');
  if (second !== undefined)
    return problem('CsrTrailingData', `a block ${second.label} follows the first; send one CSR and nothing else`);
  if (!csrLabels.has(block.label)) {
    return problem('CsrMalformed', `it is a ${block.label}; send a CSR, which begins with -----BEGIN CERTIFICATE REQUEST-----`);
  }
  return ok(block.der);
}

/** Whether bytes are DER rather than text: no text begins with a SEQUENCE whose length needs more than one octet, and every CSR does. */
export function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80;
}

function readCsr(der: Uint8Array, root: Asn1Node): Result<Csr, CsrProblem> {
  const [info, algorithm, signatureNode, ...rest] = sequenceOf(root, 'the CSR');
  const [version, subjectNode, spkiNode, attributes] = sequenceOf(info, 'the body of the CSR');
  if (info === undefined || spkiNode === undefined || rest.length > 0 || smallInteger(version, 'the version') !== 0) {
    throw new Asn1Error('its parts are not those of a CSR of version 1');
  }
  const key = readPublicKey(spkiNode);
  if (!key.ok) return problem(keyCodes[key.error.code], `it holds ${key.error.message}`);
  const scheme = readSignatureScheme(algorithm);
  if (scheme === undefined) {
    return problem(
      'CsrSignatureUnsupported',
      'its signature algorithm is not accepted; sign it with SHA-256, SHA-384, SHA-512 or Ed25519',
    );
  }
  const signature = bitOctets(signatureNode, 'the signature');
  if (!verifySignature(scheme, info.der, key.value.publicKey, signature)) {
    return problem(
      'CsrSignatureInvalid',
      'it is not signed by the private key of the public key it holds; it was changed or damaged',
    );
  }
  const extensions = readExtensionRequest(attributes);
  const sanExtension = extensions.get(extensionOids.subjectAltName);
  return ok({
    der,
    pem: encodePem('CERTIFICATE REQUEST', der),
    subject: readName(subjectNode, 'the subject'),
    ...key.value,
    sans: sanExtension === undefined ? noSans : readSans(sanExtension.value),
    ...(sanExtension === undefined ? {} : { sanExtension }),
    requested: readRequested(extensions),
  });
}

function tooLarge(size: number, unit: string, limit: number): Result<never, CsrProblem> {
  return problem(
    'CsrTooLarge',
    `it has ${size} ${unit}; at most ${limit} are read: ask for fewer names, or for several certificates`,
  );
}

function problem(code: CsrProblemCode, what: string): Result<never, CsrProblem> {
  return err({ code, message: `The CSR is refused: ${what}.` });
}
