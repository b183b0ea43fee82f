import type { Result } from '../lib/result.ts';
import {
  authorityKeyIdExtension,
  basicConstraintsExtension,
  subjectKeyIdExtension,
  usageExtensions,
} from './build-extensions.ts';
import { type IssuedCertificate, type SignTbs, signCertificate } from './issue.ts';
import type { PublicKey } from './public-key.ts';
import { encodeAlgorithm, type SignatureAlgorithm, signatureAlgorithmFor } from './signature-algorithm.ts';
import { caUsages } from './usages.ts';

/** What a self-signed CA certificate says. */
export interface RootInput {
  /** DER of a Name, which is not empty. */
  readonly subject: Uint8Array;
  /** One that the key can sign with; absent: its default. */
  readonly algorithm?: SignatureAlgorithm;
  /** How many CAs may follow below it; absent: any number. */
  readonly pathLength?: number;
  readonly key: PublicKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly validitySeconds: number;
}

const backdateMs = 3_600_000;

/** Makes a self-signed CA certificate, valid from an hour ago: what it signs is valid from a minute ago. */
export async function createRoot<E = never>(input: RootInput, sign: SignTbs<E>): Promise<Result<IssuedCertificate, E>> {
  const { subject, key, now, algorithm = signatureAlgorithmFor(key.keyType) } = input;
  return signCertificate(
    {
      algorithm: encodeAlgorithm(algorithm),
      issuer: subject,
      subject,
      spki: key.spki,
      extensions: [
        ...usageExtensions(caUsages),
        basicConstraintsExtension(true, input.pathLength),
        subjectKeyIdExtension(key.keyId),
        authorityKeyIdExtension(key.keyId),
      ],
      notBefore: now - backdateMs,
      notAfter: now + input.validitySeconds * 1000,
    },
    sign,
  );
}
