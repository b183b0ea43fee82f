import { randomBytes } from 'node:crypto';
import { Validity } from '@peculiar/asn1-x509';
import { momentText } from '../lib/moment.ts';
import { err, ok, type Result } from '../lib/result.ts';
import {
  authorityKeyIdExtension,
  basicConstraintsExtension,
  encodeExtension,
  subjectKeyIdExtension,
  usageExtensions,
} from './build-extensions.ts';
import type { Csr } from './csr.ts';
import { extensionOids } from './extensions.ts';
import { isEmptyName } from './name.ts';
import { type NameConstraints, refusedName } from './name-constraints.ts';
import { encodePem } from './pem.ts';
import { encodeAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';
import { encodeCertificate, encodeTbs, type TbsFields } from './tbs.ts';
import { certificateUsages, type UsageSet } from './usages.ts';

/** What is written into a certificate of the CA above it, and what it bounds. */
export interface IssuerDetails {
  /** The CA certificate's subject, DER: it becomes the issuer name byte for byte. */
  readonly subject: Uint8Array;
  /** The CA certificate's subject key identifier. */
  readonly keyId: Uint8Array;
  /** Milliseconds since the epoch: no certificate outlives it. */
  readonly notAfter: number;
  /** Which certificate ends then, for messages, where it is not the CA's own: `The certificate "CN=Root" above the CA`. */
  readonly endsWith?: string;
  /** How many CAs may follow below it. */
  readonly pathLength?: number;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** A name has to be within all of them. */
  readonly nameConstraints?: readonly NameConstraints[];
}

/** A CA prepared for many certificates: what is the same in all of them is encoded once. */
export interface IssuingCA {
  readonly details: IssuerDetails;
  readonly algorithm: Uint8Array;
  readonly authorityKeyId: Uint8Array;
  /** Encoded extensions that depend on usages and CA flag alone; at most {@link maxCached} combinations. */
  readonly constantExtensions: Map<string, readonly Uint8Array[]>;
}

export interface IssueInput {
  readonly csr: Csr;
  readonly ca: IssuingCA;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly durationSeconds: number;
  readonly usages: UsageSet;
  readonly isCA: boolean;
}

/** A certificate that was just issued. */
export interface IssuedCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  /** Lower-case hexadecimal. */
  readonly serialHex: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Why this CA cannot issue this certificate. */
export interface IssueProblem {
  readonly code: 'NameMissing' | 'NameNotPermitted' | 'PathLengthExceeded' | 'IssuerExpired';
  readonly message: string;
}

/**
 * Signs the DER of a TBSCertificate with the CA's key; the signature as X.509 wants it (ECDSA: DER of r and s, RFC 3279). A key held
 * elsewhere may fail to sign, which is a value of type `E`; one in memory does not.
 */
export type SignTbs<E = never> = (tbs: Uint8Array) => Promise<Result<Uint8Array, E>>;

const maxCached = 64;
const backdateMs = 60_000;
/** 9999-12-31T23:59:59Z, the last moment X.509 can name (RFC 5280 section 4.1.2.5). */
const lastMoment = 253_402_300_799_000;

/** Prepares a CA for issuing. */
export function createIssuingCA(details: IssuerDetails): IssuingCA {
  return {
    details,
    algorithm: encodeAlgorithm(details.signatureAlgorithm),
    authorityKeyId: authorityKeyIdExtension(details.keyId),
    constantExtensions: new Map(),
  };
}

/**
 * Builds a certificate from a CSR and has it signed. Subject, key and alternative names are the CSR's, byte for byte. Valid from a
 * minute ago, for clocks that are behind, and never beyond the CA. Usages are those given; a CA certificate may sign
 * certificates, others may not (RFC 5280 section 4.2.1.3). A CA's path length is the CSR's, below that of the CA above it.
 */
export async function issueCertificate<E = never>(
  input: IssueInput,
  sign: SignTbs<E>,
): Promise<Result<IssuedCertificate, IssueProblem | E>> {
  const { csr, ca, isCA, now } = input;
  const { details } = ca;
  const refusal = refuse(input);
  if (refusal !== undefined) return err(refusal);
  const extensions = [...constantExtensions(input), subjectKeyIdExtension(csr.keyId), ca.authorityKeyId];
  if (csr.sanExtension !== undefined) {
    extensions.push(encodeExtension(extensionOids.subjectAltName, isEmptyName(csr.subject), csr.sanExtension.value));
  }
  const { nameConstraints } = csr.requested;
  if (isCA && nameConstraints !== undefined) {
    extensions.push(encodeExtension(extensionOids.nameConstraints, nameConstraints.critical, nameConstraints.value));
  }
  const times = { notBefore: now - backdateMs, notAfter: Math.min(now + input.durationSeconds * 1000, details.notAfter) };
  return signCertificate(
    { algorithm: ca.algorithm, issuer: details.subject, subject: csr.subject.der, spki: csr.spki, extensions, ...times },
    sign,
  );
}

function refuse(input: IssueInput): IssueProblem | undefined {
  const { csr, ca, isCA, now } = input;
  if (ca.details.notAfter <= now) {
    const { notAfter, endsWith = 'The CA certificate' } = ca.details;
    return { code: 'IssuerExpired', message: `${endsWith} expired at ${momentText(notAfter)}; renew it.` };
  }
  const nameless = isEmptyName(csr.subject);
  if (nameless && (isCA || csr.sanExtension === undefined)) {
    const advice = isCA ? 'a CA needs a subject; set a common name' : 'set a common name or a subject alternative name';
    return { code: 'NameMissing', message: `The CSR names nobody: ${advice}.` };
  }
  if (isCA && ca.details.pathLength === 0) {
    return {
      code: 'PathLengthExceeded',
      message:
        'The CA has the path length 0, of its own or by those above it: it may not issue CA certificates. Ask without isCA.',
    };
  }
  for (const constraints of ca.details.nameConstraints ?? []) {
    const message = refusedName(constraints, csr, isCA);
    if (message !== undefined) return { code: 'NameNotPermitted', message };
  }
  return undefined;
}

function constantExtensions(input: IssueInput): readonly Uint8Array[] {
  const { csr, ca, isCA } = input;
  const above = ca.details.pathLength;
  const asked = csr.requested.basicConstraints?.pathLength;
  const pathLength = !isCA || above === undefined ? asked : Math.min(asked ?? above, above - 1);
  const usages = certificateUsages(input.usages, isCA);
  const key = [isCA, isCA ? pathLength : '', usages.keyUsage, usages.extendedKeyUsage].join('|');
  const cached = ca.constantExtensions.get(key);
  if (cached !== undefined) return cached;
  const encoded = [...usageExtensions(usages), basicConstraintsExtension(isCA, isCA ? pathLength : undefined)];
  if (ca.constantExtensions.size >= maxCached) ca.constantExtensions.clear();
  ca.constantExtensions.set(key, encoded);
  return encoded;
}

/** All of a certificate but its serial number, which is given at the last moment. */
interface Draft extends Omit<TbsFields, 'serial' | 'validity'> {
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Gives a draft its serial number and validity and has it signed; it fails only where signing does. */
export async function signCertificate<E = never>(draft: Draft, sign: SignTbs<E>): Promise<Result<IssuedCertificate, E>> {
  const serial = newSerial();
  const notBefore = wholeSeconds(draft.notBefore);
  const notAfter = wholeSeconds(draft.notAfter);
  const validity = new Validity({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) });
  const tbs = encodeTbs({ ...draft, serial, validity });
  const signature = await sign(tbs);
  if (!signature.ok) return signature;
  const der = encodeCertificate(tbs, draft.algorithm, signature.value);
  return ok({ der, pem: encodePem('CERTIFICATE', der), serialHex: Buffer.from(serial).toString('hex'), notBefore, notAfter });
}

/**
 * A serial number of 16 random octets (RFC 5280 section 4.1.2.2). The first is from 40 to 7f: positive, and never one that DER
 * would have to shorten, which OpenSSL calls illegal padding.
 */
export function newSerial(): Uint8Array {
  const serial = new Uint8Array(randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function wholeSeconds(ms: number): number {
  return Math.floor(Math.min(ms, lastMoment) / 1000) * 1000;
}
