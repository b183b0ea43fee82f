import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, SubjectAlternativeName } from '@peculiar/asn1-x509';
import type { Result } from '../lib/result.ts';
import { basicConstraintsExtension, encodeExtension } from './build-extensions.ts';
import { signCsr } from './csr-build.ts';
import { extensionOids, type RawExtension } from './extensions.ts';
import type { SignTbs } from './issue.ts';
import type { PublicKey } from './public-key.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

/** What a CSR for a person, a client or a server says. */
export interface LeafCsrInput {
  /** DER of a Name; it may be the empty one where there are alternative names. */
  readonly subject: Uint8Array;
  /** SubjectAltName as it is to be asked for. */
  readonly sanExtension?: RawExtension;
  /** A CA certificate is asked for; absent or false: the CSR says nothing of it. */
  readonly isCA?: boolean;
  readonly key: PublicKey;
  /** One that the key can sign with; absent: its default. */
  readonly algorithm?: SignatureAlgorithm;
}

/** Makes a CSR (PKCS #10, RFC 2986). Usages are not in it: the request that carries it names them. Fails only where signing does. */
export async function createLeafCsr<E = never>(
  { subject, sanExtension, isCA = false, key, algorithm }: LeafCsrInput,
  sign: SignTbs<E>,
): Promise<Result<{ readonly der: Uint8Array; readonly pem: string }, E>> {
  const extensions = [
    ...(isCA ? [basicConstraintsExtension(true)] : []),
    ...(sanExtension === undefined
      ? []
      : [encodeExtension(extensionOids.subjectAltName, sanExtension.critical, sanExtension.value)]),
  ];
  return await signCsr({ subject, key, extensions, ...(algorithm === undefined ? {} : { algorithm }) }, sign);
}

/** Alternative names as a person writes them; IP addresses as text. */
export interface WantedSans {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  readonly uri: readonly string[];
  readonly email: readonly string[];
}

/**
 * Encodes alternative names (RFC 5280 section 4.2.1.6); undefined where there is none. The caller has checked that DNS names, URIs and
 * addresses are ASCII.
 * @param critical true where the subject is empty.
 */
export function sanExtensionOf({ dns, ip, uri, email }: WantedSans, critical: boolean): RawExtension | undefined {
  const names = [
    ...dns.map((dNSName) => new GeneralName({ dNSName })),
    ...ip.map((address) => new GeneralName({ iPAddress: inGroups(address) })),
    ...uri.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
    ...email.map((rfc822Name) => new GeneralName({ rfc822Name })),
  ];
  if (names.length === 0) return undefined;
  return { critical, value: new Uint8Array(AsnConvert.serialize(new SubjectAlternativeName(names))) };
}

/** An IPv4 address in an IPv6 one (`::ffff:10.0.0.1`) as two groups, which is the only way the encoder takes it. */
function inGroups(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
