import { ok, type Result } from '../lib/result.ts';
import { basicConstraintsExtension, subjectKeyIdExtension, usageExtensions } from './build-extensions.ts';
import {
  contextTag,
  derTags,
  writeBitOctets,
  writeDer,
  writeObjectIdentifier,
  writeSetOf,
  writeUnsigned,
} from './der-write.ts';
import type { SignTbs } from './issue.ts';
import { encodePem } from './pem.ts';
import type { PublicKey } from './public-key.ts';
import { extensionRequestOid } from './requested.ts';
import { encodeAlgorithm, type SignatureAlgorithm, signatureAlgorithmFor } from './signature-algorithm.ts';
import { caUsages } from './usages.ts';

/** What a CSR for the certificate of a CA says. */
export interface CsrInput {
  /** DER of a Name, which is not empty. */
  readonly subject: Uint8Array;
  readonly key: PublicKey;
  /** One that the key can sign with; absent: its default. */
  readonly algorithm?: SignatureAlgorithm;
  /** How many CAs may follow below it; absent: as many as the CA above allows. */
  readonly pathLength?: number;
}

/**
 * Makes the CSR (PKCS #10, RFC 2986) of a CA, for an outside root or another CA to sign: it asks for a CA certificate that may sign
 * certificates and revocation lists, and names the key identifier. It fails only where signing does.
 */
export async function createCsr<E = never>(
  input: CsrInput,
  sign: SignTbs<E>,
): Promise<Result<{ readonly der: Uint8Array; readonly pem: string }, E>> {
  const { subject, key, algorithm, pathLength } = input;
  const extensions = [
    basicConstraintsExtension(true, pathLength),
    ...usageExtensions(caUsages),
    subjectKeyIdExtension(key.keyId),
  ];
  return await signCsr({ subject, key, extensions, ...(algorithm === undefined ? {} : { algorithm }) }, sign);
}

/** What any CSR consists of; each extension as DER. */
export interface CsrParts extends Pick<CsrInput, 'subject' | 'key' | 'algorithm'> {
  readonly extensions: readonly Uint8Array[];
}

/** Puts the parts of a CSR together and has them signed. Fails only where signing does. */
export async function signCsr<E = never>(
  { subject, key, extensions, algorithm = signatureAlgorithmFor(key.keyType) }: CsrParts,
  sign: SignTbs<E>,
): Promise<Result<{ readonly der: Uint8Array; readonly pem: string }, E>> {
  const version = writeUnsigned(Uint8Array.of(0));
  const attributes = writeDer(contextTag(0), ...(extensions.length === 0 ? [] : [extensionRequest(extensions)]));
  const info = writeDer(derTags.sequence, version, subject, key.spki, attributes);
  const signature = await sign(info);
  if (!signature.ok) return signature;
  const der = writeDer(derTags.sequence, info, encodeAlgorithm(algorithm), writeBitOctets(signature.value));
  return ok({ der, pem: encodePem('CERTIFICATE REQUEST', der) });
}

/** The attribute that asks for extensions (RFC 2985 section 5.4.2). */
function extensionRequest(extensions: readonly Uint8Array[]): Uint8Array {
  const list = writeDer(derTags.sequence, ...extensions);
  return writeDer(derTags.sequence, writeObjectIdentifier(extensionRequestOid), writeSetOf([list]));
}
