import { Asn1Error, type Asn1Node, decodeSequence, isContext, objectIdentifier, sequenceOf, setOf } from './asn1.ts';
import {
  DuplicateExtensionError,
  extensionOids,
  type RawExtension,
  readBasicConstraints,
  readExtendedKeyUsage,
  readExtensions,
  readKeyUsage,
} from './extensions.ts';

/** What a CSR asks for beside names; absent where its extensions say nothing of it. */
export interface RequestedExtensions {
  readonly basicConstraints?: { readonly cA: boolean; readonly pathLength?: number };
  /** Bit numbers (RFC 5280 section 4.2.1.3), ascending. */
  readonly keyUsage?: readonly number[];
  /** Object identifiers, in the order of the CSR. */
  readonly extendedKeyUsage?: readonly string[];
  readonly nameConstraints?: RawExtension;
}

/** PKCS #9 (RFC 2985 section 5.4.2). */
export const extensionRequestOid = '1.2.840.113549.1.9.14';

/** The extensions that a CSR's attributes ask for (RFC 2985 section 5.4.2), by object identifier. @throws {Asn1Error} */
export function readExtensionRequest(attributes: Asn1Node | undefined): ReadonlyMap<string, RawExtension> {
  if (attributes === undefined) return new Map();
  if (!isContext(attributes, 0)) throw new Asn1Error('its attributes are of another type');
  let extensions: ReadonlyMap<string, RawExtension> | undefined;
  for (const attribute of attributes.children) {
    const [type, values] = sequenceOf(attribute, 'an attribute');
    if (objectIdentifier(type, 'the type of an attribute') !== extensionRequestOid) continue;
    const [value, second] = setOf(values, 'the extension request');
    if (extensions !== undefined || second !== undefined)
      throw new DuplicateExtensionError('the extension request is there twice');
    extensions = readExtensions(value);
  }
  return extensions ?? new Map();
}

/** Reads the extensions of a CSR that say what the certificate is for. @throws {Asn1Error} */
export function readRequested(extensions: ReadonlyMap<string, RawExtension>): RequestedExtensions {
  const basicConstraints = extensions.get(extensionOids.basicConstraints);
  const keyUsage = extensions.get(extensionOids.keyUsage);
  const extendedKeyUsage = extensions.get(extensionOids.extendedKeyUsage);
  const nameConstraints = extensions.get(extensionOids.nameConstraints);
  if (nameConstraints !== undefined) decodeSequence(nameConstraints.value, 'the NameConstraints extension');
  return {
    ...(basicConstraints === undefined ? {} : { basicConstraints: readBasicConstraints(basicConstraints.value) }),
    ...(keyUsage === undefined ? {} : { keyUsage: readKeyUsage(keyUsage.value) }),
    ...(extendedKeyUsage === undefined ? {} : { extendedKeyUsage: readExtendedKeyUsage(extendedKeyUsage.value) }),
    ...(nameConstraints === undefined ? {} : { nameConstraints }),
  };
}
