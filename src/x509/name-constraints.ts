import { Asn1Error, type Asn1Node, decodeSequence, isContext, sequenceOf } from './asn1.ts';
import type { Csr } from './csr.ts';
import { commonName, formatName, isEmptyName, type Name, readName } from './name.ts';
import { ipText } from './san.ts';

/** The names a CA may certify (RFC 5280 section 4.2.1.10): within a permitted subtree of their type, and in no excluded one. */
export interface NameConstraints {
  /** Whose they are, for messages: `the CA`. */
  readonly of: string;
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** A name, or the base of a subtree of names, by the tag of its type. */
interface GeneralName {
  readonly tag: number;
  readonly bytes: Uint8Array;
  /** In lower case but for the local part of an email address, without a dot at its end; a directory name as RFC 4514 writes it. */
  readonly text: string;
  readonly directoryName?: Name;
}

const tags = { email: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;
const words: Readonly<Record<number, string>> = { 1: 'email address', 2: 'DNS name', 4: 'name', 6: 'URI', 7: 'IP address' };
const emailAddressOid = '1.2.840.113549.1.9.1';

/** Reads the value of a NameConstraints extension. @param of whose it is, for messages: `the CA`. @throws {Asn1Error} */
export function readNameConstraints(value: Uint8Array, of: string): NameConstraints {
  const lists = decodeSequence(value, `the NameConstraints extension of ${of}`);
  const subtrees = (tag: number): readonly GeneralName[] =>
    lists.filter((list) => isContext(list, tag)).flatMap(({ children }) => children.map((node) => readSubtree(node, of)));
  return { of, permitted: subtrees(0), excluded: subtrees(1) };
}

function readSubtree(node: Asn1Node, of: string): GeneralName {
  const what = `a name constraint of ${of}`;
  const [base, ...bounds] = sequenceOf(node, what);
  if (base?.tagClass !== 'context' || bounds.length > 0)
    throw new Asn1Error(`${what} has a minimum or a maximum, which RFC 5280 forbids, or no name`);
  if (base.tag === tags.ip && base.content.length !== 8 && base.content.length !== 32)
    throw new Asn1Error(`${what}, for IP addresses, is not an address with a mask`);
  return readGeneralName(base);
}

function readGeneralName(node: Asn1Node): GeneralName {
  const { tag, content: bytes } = node;
  if (tag === tags.directory) return directory(readName(node.children[0], 'a directory name'));
  if (tag !== tags.ip) return named(tag, bytes, Buffer.from(bytes).toString('latin1'));
  const half = bytes.length / 2;
  const isRange = bytes.length !== 4 && bytes.length !== 16;
  return named(tag, bytes, isRange ? `${ipText(bytes.subarray(0, half))}/${ipText(bytes.subarray(half))}` : ipText(bytes));
}

function named(tag: number, bytes: Uint8Array, text: string): GeneralName {
  const whole = text.replace(/\.$/, '');
  return { tag, bytes, text: tag === tags.email ? whole.replace(/[^@]*$/, lowerCase) : lowerCase(whole) };
}

function directory(name: Name): GeneralName {
  return { tag: tags.directory, bytes: name.der, text: formatName(name, 100), directoryName: name };
}

/**
 * Why a CA with these constraints may not certify the names of a CSR, as a sentence; undefined where it may. Beside the alternative
 * names they are the subject, the email addresses in it, and, where there is no DNS name, a common name that looks like one, as
 * OpenSSL takes it. A name of another type is refused where any constraint is of that type.
 */
export function refusedName(constraints: NameConstraints, csr: Csr, isCA: boolean): string | undefined {
  try {
    return firstRefused(constraints, namesOf(csr, isCA));
  } catch (error) {
    if (error instanceof Asn1Error)
      return `A name of the CSR cannot be held against the name constraints of ${constraints.of}: ${error.message}.`;
    throw error;
  }
}

function firstRefused({ of, permitted, excluded }: NameConstraints, names: readonly GeneralName[]): string | undefined {
  for (const name of names) {
    const what = `The ${words[name.tag] ?? 'otherName'} ${JSON.stringify(name.text.slice(0, 100))}`;
    const out = excluded.find((base) => base.tag === name.tag && isWithin(name, base, true));
    if (out !== undefined) return `${what} is excluded by the name constraints of ${of} (${shown(out)}); ask for others.`;
    const allowed = permitted.filter(({ tag }) => tag === name.tag);
    if (allowed.length > 0 && !allowed.some((base) => isWithin(name, base, false))) {
      const list = allowed.slice(0, 5).map(shown).join(', ');
      return `${what} is outside of what the name constraints of ${of} permit (${list}); ask for others.`;
    }
  }
  return undefined;
}

function namesOf({ subject, sans, sanExtension }: Csr, isCA: boolean): readonly GeneralName[] {
  const alternative = sanExtension === undefined ? [] : decodeSequence(sanExtension.value, 'the SubjectAltName extension');
  const emails = subject.rdns.flat().filter(({ oid }) => oid === emailAddressOid);
  const host = commonName(subject) ?? '';
  const hostIsName = !isCA && sans.dns.length === 0 && /^(?=.*\.)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(host);
  return [
    ...(isEmptyName(subject) ? [] : [directory(subject)]),
    ...emails.map(({ der, value }) => named(tags.email, der, value)),
    ...(hostIsName ? [named(tags.dns, new Uint8Array(), host)] : []),
    ...alternative.map(readGeneralName),
  ];
}

/** Whether a name is in a subtree; `some`: whether, with a wildcard, it stands for one that is. */
function isWithin(name: GeneralName, base: GeneralName, some: boolean): boolean {
  switch (name.tag) {
    case tags.dns:
      return isDnsWithin(name.text, base.text) || (some && isWildcardOver(name.text, base.text));
    case tags.email:
      return base.text.includes('@') ? name.text === base.text : isHostWithin(name.text.replace(/^.*@/, ''), base.text);
    case tags.uri: {
      // A constraint is about a host: a URI without one is in no permitted subtree, and in every excluded one.
      const host = hostOf(name.text);
      return host === undefined ? some : isHostWithin(host, base.text);
    }
    case tags.ip:
      return isIpWithin(name.bytes, base.bytes);
    case tags.directory:
      return isNameWithin(name.directoryName, base.directoryName);
    default:
      return some;
  }
}

function isDnsWithin(name: string, base: string): boolean {
  return base === '' || name === base || name.endsWith(base.startsWith('.') ? base : `.${base}`);
}

function isWildcardOver(name: string, base: string): boolean {
  return name.startsWith('*.') && base.replace(/^\.?[^.]*/, '') === name.slice(1);
}

/** Of email addresses and URIs: a base with a dot before it is all below that domain, without one that host. */
function isHostWithin(host: string, base: string): boolean {
  return base.startsWith('.') ? host.endsWith(base) : base === '' || host === base;
}

/** The host of a URI where it is a name; RFC 5280 applies no constraint to addresses. */
function hostOf(uri: string): string | undefined {
  const host = /^[^:/?#]+:\/\/(?:[^/?#]*@)?([\w.-]+)(?::\d*)?(?:[/?#]|$)/.exec(uri)?.[1];
  return host === undefined || /^[\d.]+$/.test(host) ? undefined : host.replace(/\.$/, '');
}

function isIpWithin(address: Uint8Array, base: Uint8Array): boolean {
  const { length } = address;
  return (
    base.length === length * 2 && address.every((octet, at) => ((octet ^ (base[at] ?? 0)) & (base[length + at] ?? 0)) === 0)
  );
}

function isNameWithin(name: Name | undefined, base: Name | undefined): boolean {
  const rdns = name?.rdns.map(comparable) ?? [];
  return base?.rdns.map(comparable).every((rdn, at) => rdn === rdns[at]) ?? false;
}

/** Attributes compare without regard to case and runs of spaces (RFC 5280 section 7.1). */
function comparable(rdn: Name['rdns'][number]): string {
  const attributes = rdn.map(({ oid, value, der }) => [
    oid,
    value === '' ? Buffer.from(der).toString('hex') : lowerCase(value.trim().replaceAll(/\s+/g, ' ')),
  ]);
  return JSON.stringify(attributes.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

function shown({ text, tag }: GeneralName): string {
  return JSON.stringify((tag in words ? text : 'a type that is not read').slice(0, 100));
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}
