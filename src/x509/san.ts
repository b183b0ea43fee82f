import { SocketAddress } from 'node:net';
import { Asn1Error, type Asn1Node, decodeSequence, isContext, objectIdentifier } from './asn1.ts';

/** An otherName: its type and its value, DER, without the [0] tag around it (RFC 5280 section 4.2.1.6). */
export interface OtherName {
  readonly oid: string;
  readonly value: Uint8Array;
}

/** Subject alternative names by type, each type in the order of the extension. */
export interface SubjectAltNames {
  /** As written; compare by `missingSans`, which knows that DNS names have no case. */
  readonly dns: readonly string[];
  /** Canonical text: dotted IPv4, or IPv6 as RFC 5952 writes it. */
  readonly ip: readonly string[];
  readonly uri: readonly string[];
  readonly email: readonly string[];
  readonly otherName: readonly OtherName[];
  /** Names of the types nobody asks cert-manager for, as `directoryName:<DER in hexadecimal>`. */
  readonly unsupported: readonly string[];
}

/** The alternative names of something that has none. */
export const noSans: SubjectAltNames = { dns: [], ip: [], uri: [], email: [], otherName: [], unsupported: [] };

const unsupportedTypes: Readonly<Record<number, string>> = {
  3: 'x400Address',
  4: 'directoryName',
  5: 'ediPartyName',
  8: 'registeredID',
};

/** Reads the value of a SubjectAltName extension. @throws {Asn1Error} */
export function readSans(value: Uint8Array): SubjectAltNames {
  const names = decodeSequence(value, 'the SubjectAltName extension');
  if (names.length === 0) throw new Asn1Error('the SubjectAltName extension holds no name (leave it out)');
  const dns: string[] = [];
  const ip: string[] = [];
  const uri: string[] = [];
  const email: string[] = [];
  const otherName: OtherName[] = [];
  const unsupported: string[] = [];
  for (const name of names) {
    const tag = name.tagClass === 'context' ? name.tag : -1;
    if (tag === 0) otherName.push(readOtherName(name));
    else if (tag === 1) email.push(readAscii(name, 'an email address'));
    else if (tag === 2) dns.push(readAscii(name, 'a DNS name'));
    else if (tag === 6) uri.push(readAscii(name, 'a URI'));
    else if (tag === 7) ip.push(readIp(name));
    else if (unsupportedTypes[tag] !== undefined) unsupported.push(`${unsupportedTypes[tag]}:${hex(name.der)}`);
    else throw new Asn1Error('a subject alternative name is of no known type');
  }
  return { dns, ip, uri, email, otherName, unsupported };
}

function readOtherName(node: Asn1Node): OtherName {
  const [type, wrapped] = node.children;
  const value = isContext(wrapped, 0) ? wrapped.children[0] : undefined;
  if (value === undefined || node.children.length !== 2) throw new Asn1Error('an otherName is not a type and a value');
  return { oid: objectIdentifier(type, 'the type of an otherName'), value: value.der };
}

function readAscii(node: Asn1Node, what: string): string {
  if (node.constructed || node.content.length === 0 || node.content.some((octet) => octet < 0x20 || octet > 0x7e)) {
    throw new Asn1Error(
      `${what} among the subject alternative names is empty or has characters that are not ASCII (use xn-- names)`,
    );
  }
  return Buffer.from(node.content.buffer, node.content.byteOffset, node.content.length).toString('latin1');
}

function readIp(node: Asn1Node): string {
  const { content } = node;
  if (node.constructed || (content.length !== 4 && content.length !== 16)) {
    throw new Asn1Error('an IP address among the subject alternative names has neither 4 nor 16 bytes');
  }
  return ipText(content);
}

/** An address of 4 or 16 bytes as text: dotted IPv4, or IPv6 as RFC 5952 writes it. */
export function ipText(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => hex(address.subarray(at * 2, at * 2 + 2)));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

/** The names in `wanted` that `got` lacks, each with its type (`DNS:a.example`); empty where nothing is missing. */
export function missingSans(wanted: SubjectAltNames, got: SubjectAltNames): readonly string[] {
  const present = new Set(canonical(got));
  return canonical(wanted).filter((name) => !present.has(name));
}

/** One text a name, equal for names that mean the same: DNS names and the domains of email addresses have no case. */
function canonical(sans: SubjectAltNames): readonly string[] {
  return [
    ...sans.dns.map((name) => `DNS:${name.toLowerCase()}`),
    ...sans.ip.map((address) => `IP:${address}`),
    ...sans.uri.map((uri) => `URI:${uri}`),
    ...sans.email.map((address) => `email:${address.replace(/@[^@]*$/, (domain) => domain.toLowerCase())}`),
    ...sans.otherName.map(({ oid, value }) => `otherName:${oid}:${hex(value)}`),
    ...sans.unsupported,
  ];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
