import type { KeyObject, X509Certificate } from 'node:crypto';
import { momentText } from '../lib/moment.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { createIssuerCheck, isSelfIssued, type IssuerCheck } from './issuer-check.ts';
import { createKnownCas, type KnownCas } from './known-cas.ts';
import { cutText } from './name.ts';
import { certificateLabels, decodePem, encodePem } from './pem.ts';
import { unreadableValidity, type Validity } from './validity.ts';

/** What a CA answered, put in order. */
export interface Chain {
  readonly leaf: Certificate;
  /** For `tls.crt`: leaf, then intermediates; the highest stays in where no root is known. LF, trailing newline. */
  readonly chainPem: string;
  /** For `ca.crt`: the bundle where one was given, else the root, else the highest certificate of the chain; `''` for a lone leaf. */
  readonly caPem: string;
  /** The self-signed certificate at the end of the path, where there is one. */
  readonly rootPem?: string;
  /** Those of the path above the leaf, in order, the root too. */
  readonly above: readonly Link[];
}

/** Stable codes of what may be wrong with a chain. */
export type ChainProblemCode = 'ChainEmpty' | 'ChainTooLarge' | 'ChainMalformed' | 'ChainKeyMismatch' | 'ChainBroken';

/** Why a chain is refused; the message is a clause: `no certificate in it is for …`. */
export interface ChainProblem {
  readonly code: ChainProblemCode;
  readonly message: string;
}

export interface ChainOptions {
  /** The CSR's public key: the leaf is the certificate of this key. */
  readonly publicKey: KeyObject;
  /** Whose key that is, for messages, where it is not that of the CSR. */
  readonly keyOwner?: string;
  /** PEM of certificates that may complete the path but need not belong to it: what the CA names as its root. */
  readonly caPem?: string;
  /** PEM of the CA certificates that the issuer is configured with: they complete the path, and must verify it. */
  readonly bundlePem?: string;
  /** Milliseconds since the epoch: where it is given, a certificate between leaf and root that is not valid then is refused. */
  readonly now?: number;
  /** CA certificates of answers before, so that they are not read and verified for each leaf anew. */
  readonly known?: KnownCas;
}

/** A certificate of a chain, as far as it was read to put it in order. */
export interface Link extends Validity {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
}

const maxChainCertificates = 20;
const maxCaCertificates = 100;
/** An honest chain takes one or two for each of its certificates; those of one name and without key identifiers, each with each. */
const maxVerifications = 100;
/** How far a CA's clock may be ahead of ours, in milliseconds. */
const clockSkewMs = 5 * 60_000;
/** What the bundle is called in messages. */
const caBundle = "the issuer's caBundle";

/**
 * Puts the certificates of a PEM text, in whatever order they are, into the order of `tls.crt` and `ca.crt`: leaf, then each one's
 * issuer, by name, key identifier and signature. Duplicates are dropped; a certificate that belongs to no path is an error. Where a
 * CA certificate is there both cross-signed and self-signed, the cross-signed one is followed; among others that differ in their time
 * alone, the one that ends last. A bundle must hold a certificate of the
 * path above the leaf, or the issuer of one in it. At most 1 MiB and 20 certificates, and 100 signatures are verified.
 */
export function normaliseChain(pem: string, options: ChainOptions): Result<Chain, ChainProblem> {
  const { known = createKnownCas() } = options;
  const links = readLinks(pem, maxChainCertificates, known);
  if (!links.ok) return links;
  const extra = readLinks(options.caPem ?? '', maxCaCertificates, known);
  if (!extra.ok) return extra;
  const bundle = options.bundlePem === undefined ? undefined : readLinks(options.bundlePem, maxCaCertificates, known);
  if (bundle?.ok === false) return problem(bundle.error.code, `${caBundle}: ${bundle.error.message}`);
  const leaf = findLeaf(links.value, options);
  if (!leaf.ok) return leaf;
  const check = createIssuerCheck(leaf.value, known, maxVerifications);
  const trusted = bundle?.value ?? [];
  const { path, root } = buildPath(leaf.value, unique([...links.value, ...extra.value, ...trusted]), check);
  const stray = links.value.find((link) => !path.includes(link) && !path.some((member) => check.isIssuedBy(member, link)));
  if (check.exhausted()) {
    return problem(
      'ChainTooLarge',
      `its certificates have so many possible issuers among them that ${maxVerifications} signatures do not put it in order`,
    );
  }
  if (stray !== undefined) {
    return problem(
      'ChainBroken',
      `certificate "${subjectOf(stray)}" is neither in the path from the leaf nor an issuer of one in it`,
    );
  }
  const inPath = (link: Link): boolean => path.some((member) => sameLink(member, link));
  if (root === undefined && extra.value.length > 0 && !extra.value.some(inPath)) {
    return problem('ChainBroken', 'the certificate that the CA names as its own did not issue any other in it');
  }
  const [, ...above] = path;
  const isTrusted = (): boolean =>
    trusted.some(
      (anchor) => above.some((link) => sameLink(link, anchor)) || path.some((link) => check.isIssuedBy(link, anchor)),
    );
  if (bundle !== undefined && !isTrusted()) {
    const top = path.at(-1) ?? leaf.value;
    return problem(
      'ChainBroken',
      `no certificate of ${caBundle} issued it or any above it, up to "${subjectOf(top)}"; put the CA's certificates into ${caBundle}, or remove that`,
    );
  }
  const outdated = options.now === undefined ? undefined : notValidAt(options.now, above, root);
  if (outdated !== undefined) return problem('ChainBroken', outdated);
  const certificate = parseCertificate(leaf.value.der, leaf.value.x509);
  if (!certificate.ok)
    return problem('ChainMalformed', `the certificate of the requested key cannot be used: ${certificate.error}`);
  const pems = toPems(path, root);
  return ok({
    leaf: certificate.value,
    above,
    ...pems,
    ...(bundle === undefined ? {} : { caPem: trusted.map(toPem).join('') }),
  });
}

function readLinks(pem: string, maxCertificates: number, known: KnownCas): Result<readonly Link[], ChainProblem> {
  const blocks = decodePem(pem);
  if (!blocks.ok)
    return problem(blocks.error.code === 'PemMalformed' ? 'ChainMalformed' : 'ChainTooLarge', blocks.error.message);
  const links = new Map<string, Link>();
  for (const { label, der } of blocks.value) {
    if (!certificateLabels.has(label)) continue;
    const id = Buffer.from(der).toString('base64');
    if (links.has(id)) continue;
    if (links.size === maxCertificates) return problem('ChainTooLarge', `there are more than ${maxCertificates} certificates`);
    const read = known.read(der);
    if (read?.raw.length !== der.length)
      return problem('ChainMalformed', `certificate ${links.size + 1} is not an X.509 certificate`);
    const { x509, validity } = read;
    if (validity === undefined)
      return problem('ChainMalformed', `certificate ${links.size + 1} cannot be used: ${unreadableValidity}`);
    links.set(id, { der, x509, ...validity });
  }
  return ok([...links.values()]);
}

/** What is wrong with the time of a certificate between leaf and root; undefined where nothing is. */
function notValidAt(now: number, above: readonly Link[], root: Link | undefined): string | undefined {
  for (const link of above) {
    const { notBefore, notAfter } = link;
    if (link === root || (notBefore <= now + clockSkewMs && now < notAfter)) continue;
    const when = `${momentText(notBefore)} to ${momentText(notAfter)}`;
    return `the CA certificate "${subjectOf(link)}" in it is valid from ${when}, which is not now`;
  }
  return undefined;
}

/** The certificate of the key; the newest where there are several. */
function findLeaf(
  links: readonly Link[],
  { publicKey, keyOwner = 'the CSR' }: Pick<ChainOptions, 'publicKey' | 'keyOwner'>,
): Result<Link, ChainProblem> {
  if (links.length === 0) return problem('ChainEmpty', 'there is no certificate in it (it needs -----BEGIN CERTIFICATE-----)');
  const leaves = links.filter((link) => holdsKey(link, publicKey));
  const leaf = leaves.toSorted((a, b) => b.notBefore - a.notBefore)[0];
  if (leaf !== undefined) return ok(leaf);
  const subjects = links.map((link) => `"${subjectOf(link)}"`).slice(0, 3);
  const held = `it holds ${subjects.join(', ')}`;
  return problem('ChainKeyMismatch', `no certificate in it is for the public key of ${keyOwner} (${held})`);
}

/** The path from the leaf to as high as it goes, and its last member once more where that is a root. */
function buildPath(
  leaf: Link,
  pool: readonly Link[],
  { isIssuedBy }: IssuerCheck,
): { readonly path: readonly Link[]; readonly root?: Link } {
  const path = [leaf];
  const lastToEndFirst = pool.toSorted((a, b) => b.notAfter - a.notAfter);
  const crossSignedFirst = [
    ...lastToEndFirst.filter((link) => !isSelfIssued(link)),
    ...lastToEndFirst.filter((link) => isSelfIssued(link)),
  ];
  for (let current = leaf; ;) {
    if (isSelfIssued(current) && isIssuedBy(current, current)) return { path, root: current };
    const next = crossSignedFirst.find((link) => !path.includes(link) && isIssuedBy(current, link));
    if (next === undefined) return { path };
    path.push(next);
    current = next;
  }
}

function toPems(path: readonly Link[], root: Link | undefined): Omit<Chain, 'leaf' | 'above'> {
  const pems = path.map(toPem);
  const top = pems.at(-1) ?? '';
  if (root === undefined) return { chainPem: pems.join(''), caPem: pems.length > 1 ? top : '' };
  return { chainPem: pems.length > 1 ? pems.slice(0, -1).join('') : top, caPem: top, rootPem: top };
}

function unique(links: readonly Link[]): readonly Link[] {
  return links.filter((link, index) => links.findIndex((other) => sameLink(other, link)) === index);
}

function toPem({ der }: Link): string {
  return encodePem('CERTIFICATE', der);
}

function sameLink(a: Link, b: Link): boolean {
  return Buffer.compare(a.der, b.der) === 0;
}

/** False also where OpenSSL does not know the type of the key. */
function holdsKey({ x509 }: Link, publicKey: KeyObject): boolean {
  try {
    return x509.publicKey.equals(publicKey);
  } catch {
    return false;
  }
}

function subjectOf({ x509 }: Link): string {
  return cutText((x509.subject ?? '').replaceAll('\n', ', '), 100);
}

function problem(code: ChainProblemCode, message: string): Result<never, ChainProblem> {
  return err({ code, message });
}
