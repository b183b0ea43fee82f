import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  KeyIdentifier,
  KeyUsage,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { extensionOids } from './extensions.ts';
import type { UsageSet } from './usages.ts';

/** Encodes one extension from its value (DER). The flag is left out where it is false, as DER wants a default. */
export function encodeExtension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const extnValue = new OctetString(new Uint8Array(value).buffer);
  return new Uint8Array(AsnConvert.serialize(new Extension({ extnID: oid, critical, extnValue })));
}

/** KeyUsage (critical) and ExtendedKeyUsage; neither is there when it would be empty. */
export function usageExtensions(usages: UsageSet): readonly Uint8Array[] {
  const flags = usages.keyUsage.reduce((sum, bit) => sum | (1 << bit), 0);
  return [
    ...(flags === 0 ? [] : [encode(extensionOids.keyUsage, true, new KeyUsage(flags))]),
    ...(usages.extendedKeyUsage.length === 0
      ? []
      : [encode(extensionOids.extendedKeyUsage, false, new ExtendedKeyUsage([...usages.extendedKeyUsage]))]),
  ];
}

/** BasicConstraints (critical), for end entities too, so that nobody has to guess. */
export function basicConstraintsExtension(cA: boolean, pathLength?: number): Uint8Array {
  const constraints = new BasicConstraints(pathLength === undefined ? { cA } : { cA, pathLenConstraint: pathLength });
  return encode(extensionOids.basicConstraints, true, constraints);
}

/** SubjectKeyIdentifier. */
export function subjectKeyIdExtension(keyId: Uint8Array): Uint8Array {
  return encode(extensionOids.subjectKeyIdentifier, false, new SubjectKeyIdentifier(new Uint8Array(keyId).buffer));
}

/** AuthorityKeyIdentifier with the key identifier alone (RFC 5280 section 4.2.1.1). */
export function authorityKeyIdExtension(keyId: Uint8Array): Uint8Array {
  const keyIdentifier = new KeyIdentifier(new Uint8Array(keyId).buffer);
  return encode(extensionOids.authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier }));
}

function encode(oid: string, critical: boolean, value: unknown): Uint8Array {
  return encodeExtension(oid, critical, new Uint8Array(AsnConvert.serialize(value)));
}
