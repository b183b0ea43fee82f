import {
  AsnConvert,
  AsnIntegerArrayBufferConverter,
  AsnProp,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
} from '@peculiar/asn1-schema';
import { Validity } from '@peculiar/asn1-x509';
import { rawDer } from './asn1.ts';

/** The parts of a TBSCertificate (RFC 5280 section 4.1.2) of version 3; names, key, algorithm and extensions are DER. */
export interface TbsFields {
  readonly serial: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly validity: Validity;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

class Tbs {
  readonly version = 2;
  readonly serial: ArrayBuffer;
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly validity: Validity;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];

  constructor(fields: TbsFields) {
    this.serial = new Uint8Array(fields.serial).buffer;
    this.algorithm = fields.algorithm;
    this.issuer = fields.issuer;
    this.validity = fields.validity;
    this.subject = fields.subject;
    this.spki = fields.spki;
    this.extensions = fields.extensions;
  }
}

class SignedCertificate {
  readonly tbs: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly signature: ArrayBuffer;

  constructor(tbs: Uint8Array, algorithm: Uint8Array, signature: Uint8Array) {
    this.tbs = tbs;
    this.algorithm = algorithm;
    this.signature = new Uint8Array(signature).buffer;
  }
}

type PropOptions = Parameters<typeof AsnProp>[0];

const raw: PropOptions = { type: AsnPropTypes.Any, converter: rawDer };

// The library describes schemas by decorators, which type stripping does not know; they are plain functions.
declareSequence(Tbs, {
  version: { type: AsnPropTypes.Integer, context: 0 },
  serial: { type: AsnPropTypes.Integer, converter: AsnIntegerArrayBufferConverter },
  algorithm: raw,
  issuer: raw,
  validity: { type: Validity },
  subject: raw,
  spki: raw,
  extensions: { ...raw, context: 3, repeated: 'sequence' },
});
declareSequence(SignedCertificate, { tbs: raw, algorithm: raw, signature: { type: AsnPropTypes.BitString } });

function declareSequence(target: { readonly prototype: object }, items: Readonly<Record<string, PropOptions>>): void {
  AsnType({ type: AsnTypeTypes.Sequence })(target as never);
  for (const [name, options] of Object.entries(items)) AsnProp(options)(target.prototype, name);
}

/** Encodes what a CA signs. */
export function encodeTbs(fields: TbsFields): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(new Tbs(fields)));
}

/** Encodes a certificate from what was signed, the algorithm (DER) and the signature. */
export function encodeCertificate(tbs: Uint8Array, algorithm: Uint8Array, signature: Uint8Array): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(new SignedCertificate(tbs, algorithm, signature)));
}
