import { AsnConvert } from '@peculiar/asn1-schema';
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';
import {
  authorityKeyIdExtension,
  basicConstraintsExtension,
  subjectKeyIdExtension,
  usageExtensions,
} from './build-extensions.ts';
import { type IssuedCertificate, type SignTbs, signCertificate } from './issue.ts';
import type { PublicKey } from './public-key.ts';
import { encodeAlgorithm, signatureAlgorithmFor } from './signature-algorithm.ts';

/** What a self-signed CA certificate says. */
export interface RootInput {
  readonly commonName: string;
  readonly organization?: string;
  /** How many CAs may follow below it; absent: any number. */
  readonly pathLength?: number;
  readonly key: PublicKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly validitySeconds: number;
}

const backdateMs = 3_600_000;
/** Digital signature, cert sign and CRL sign, by bit number. */
const keyUsage = [0, 5, 6];

/** Makes a self-signed CA certificate, valid from an hour ago: what it signs is valid from a minute ago. */
export async function createRoot(input: RootInput, sign: SignTbs): Promise<IssuedCertificate> {
  const { key, now } = input;
  const name = encodeName(input);
  return signCertificate(
    {
      algorithm: encodeAlgorithm(signatureAlgorithmFor(key.keyType)),
      issuer: name,
      subject: name,
      spki: key.spki,
      extensions: [
        ...usageExtensions({ keyUsage, extendedKeyUsage: [] }),
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

function encodeName({ commonName, organization }: RootInput): Uint8Array {
  const attributes = [
    ...(organization === undefined ? [] : [attribute('2.5.4.10', organization)]),
    attribute('2.5.4.3', commonName),
  ];
  return new Uint8Array(AsnConvert.serialize(new Name(attributes)));
}

function attribute(type: string, utf8String: string): RelativeDistinguishedName {
  return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) })]);
}
