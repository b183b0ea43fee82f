import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CertificationRequest, CertificationRequestInfo, Attributes } from '@peculiar/asn1-csr';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Attribute, Extension, Extensions, Name, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { type Csr, type CsrProblemCode, parseCsr } from '../../../src/x509/csr.ts';

/** Runs openssl in a folder that is removed afterwards; `files` are written there first. Gives what it wrote to its output. */
export function openssl(args: readonly string[], files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'external-issuer-test-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a CSR that openssl makes asks for. */
export interface OpensslCsr {
  /** Options of `openssl req` that make a key (`['-newkey', 'rsa:4096']`), or a private key to use. */
  readonly key?: readonly string[] | KeyObject;
  /** Lines of the section of the subject. */
  readonly subject?: string;
  /** Lines of the section of the extensions. */
  readonly extensions?: string;
  /** Further lines: sections the extensions refer to. */
  readonly sections?: string;
  readonly options?: readonly string[];
}

export const p256Key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** Makes a CSR by `openssl req`, as PEM. */
export function opensslCsr(wanted: OpensslCsr): string {
  const { key = p256Key, subject = 'CN = test.example.com', extensions, sections = '', options = [] } = wanted;
  const config = [
    '[req]\nprompt = no\nutf8 = yes\nstring_mask = utf8only\ndistinguished_name = dn',
    extensions === undefined ? '' : 'req_extensions = ext',
    `[dn]\n${subject}`,
    extensions === undefined ? '' : `[ext]\n${extensions}`,
    sections,
  ].join('\n');
  const newKey = Array.isArray(key) ? key : ['-key', 'given.pem'];
  const given = key instanceof KeyObject ? key.export({ format: 'pem', type: 'pkcs8' }).toString() : '';
  const args = ['req', '-new', '-config', 'req.cnf', '-nodes', '-keyout', 'key.pem', ...newKey, ...options];
  return openssl(args, { 'req.cnf': config, 'given.pem': given });
}

/** A CSR put together from parts, right or wrong. */
export interface CsrParts {
  readonly key?: KeyPair;
  /** DER of a Name; absent: the empty name. */
  readonly subject?: Uint8Array;
  /** DER of the SubjectPublicKeyInfo; absent: that of the key. */
  readonly spki?: Uint8Array;
  readonly extensions?: readonly Extension[];
  /** Further extension requests, to have more than one. */
  readonly moreRequests?: number;
  /** Hash of the signature, and the object identifier of the algorithm to claim. */
  readonly hash?: string | null;
  readonly algorithm?: AlgorithmIdentifier;
}

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const emptyName = new Uint8Array(AsnConvert.serialize(new Name()));

/** Makes a CSR by hand, DER. */
export function buildCsr(parts: CsrParts = {}): Uint8Array {
  const { key = p256, subject = emptyName, extensions, moreRequests = 0, hash = 'sha256' } = parts;
  const spki = parts.spki ?? key.publicKey.export({ format: 'der', type: 'spki' });
  const request = new Attribute({
    type: '1.2.840.113549.1.9.14',
    values: [AsnConvert.serialize(new Extensions([...(extensions ?? [])]))],
  });
  const info = new CertificationRequestInfo({
    subject: AsnConvert.parse(subject, Name),
    subjectPKInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    attributes: new Attributes(extensions === undefined ? [] : Array.from({ length: 1 + moreRequests }, () => request)),
  });
  const signed = Buffer.from(AsnConvert.serialize(info));
  const signatureAlgorithm = parts.algorithm ?? new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });
  const signature = new Uint8Array(sign(hash, signed, key.privateKey)).buffer;
  const csr = new CertificationRequest({ certificationRequestInfo: info, signatureAlgorithm, signature });
  return new Uint8Array(AsnConvert.serialize(csr));
}

/** An extension from its value as hexadecimal DER. */
export function extension(extnID: string, hexValue: string, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(new Uint8Array(Buffer.from(hexValue, 'hex')).buffer) });
}

/** A public RSA key of that many bits nobody has the private half of; the exponent as base64url. */
export function hollowRsaKey(bits: number, exponent = 'AQAB'): Uint8Array {
  const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xc5);
  const key = createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: exponent }, format: 'jwk' });
  return key.export({ format: 'der', type: 'spki' });
}

/** Parses a CSR that must be good. */
export function goodCsr(input: string | Uint8Array): Csr {
  const parsed = parseCsr(input);
  if (!parsed.ok) throw new Error(`${parsed.error.code}: ${parsed.error.message}`);
  return parsed.value;
}

/** A CSR that must be refused, and how. */
export interface Refusal {
  readonly what: string;
  readonly input: () => string | Uint8Array;
  readonly code: CsrProblemCode;
  readonly words: RegExp;
}

/** One test for each refusal. */
export function testRefusals(refusals: readonly Refusal[]): void {
  for (const { what, input, code, words } of refusals) {
    test(what, () => {
      const parsed = parseCsr(input());
      assert.ok(!parsed.ok);
      assert.equal(parsed.error.code, code, parsed.error.message);
      assert.match(parsed.error.message, words);
      assert.match(parsed.error.message, /^The CSR is refused: .*[^.]\.$/);
    });
  }
}
