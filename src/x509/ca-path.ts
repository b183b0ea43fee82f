import { momentText } from '../lib/moment.ts';
import type { Certificate } from './certificate.ts';
import { formatName } from './name.ts';
import { type NameConstraints, readNameConstraints } from './name-constraints.ts';
import { anyExtendedKeyUsage } from './usages.ts';

/** A CA certificate and those above it, in order; the root last, where it is known. */
export type CaPath = readonly [own: Certificate, ...above: Certificate[]];

/** What a CA may issue, by its certificate and those above it: clients judge all of them (RFC 5280 section 6.1), most the root too. */
export interface PathLimits {
  /** The one that ends first; what is issued is held within its time. */
  readonly endsFirst: Certificate;
  /** How many CAs may follow below; absent: any number. */
  readonly pathLength?: number;
  /** Those of each that has some; a name has to be within all. */
  readonly nameConstraints: readonly NameConstraints[];
  /** Object identifiers that no certificate of the path forbids; absent: any. */
  readonly extendedKeyUsage?: readonly string[];
}

/** Why nobody takes what is issued below a path; the message is a clause with advice. */
export interface PathProblem {
  readonly code: 'Expired' | 'NotYetValid' | 'Chain';
  readonly message: string;
}

/** The certificate of a path that ends first; the lowest of them where several end at once. */
export function firstToEnd([own, ...above]: CaPath): Certificate {
  return above.reduce((first, certificate) => (certificate.notAfter < first.notAfter ? certificate : first), own);
}

/** What keeps clients from taking anything that is issued below a path at `now`, milliseconds since the epoch. */
export function whyPathUnfit(path: CaPath, now: number): PathProblem | undefined {
  for (const [index, { notBefore, notAfter, subject }] of path.entries()) {
    const which = index === 0 ? 'it' : `the certificate "${formatName(subject, 200)}" above it`;
    if (now >= notAfter) return { code: 'Expired', message: `${which} expired at ${momentText(notAfter)}; renew it` };
    if (now < notBefore) {
      const message = `${which} is not valid before ${momentText(notBefore)}; wait, or set the clock`;
      return { code: 'NotYetValid', message };
    }
  }
  const narrow = roomBelow(path).find(({ room }) => room < 0)?.certificate;
  if (narrow === undefined) return undefined;
  const message =
    `there are more CAs below "${formatName(narrow.subject, 200)}" than its path length ${narrow.pathLength} allows, so nobody takes ` +
    'what is signed; have the CA above issue with a greater one';
  return { code: 'Chain', message };
}

/** Collects what a path limits. @throws {Asn1Error} where name constraints cannot be read. */
export function pathLimits(path: CaPath): PathLimits {
  const room = Math.min(...roomBelow(path).map((each) => each.room));
  const usages = path.flatMap(({ extendedKeyUsage }) =>
    extendedKeyUsage === undefined || extendedKeyUsage.includes(anyExtendedKeyUsage) ? [] : [extendedKeyUsage],
  );
  const [first, ...others] = usages;
  return {
    endsFirst: firstToEnd(path),
    ...(room === Infinity ? {} : { pathLength: room }),
    nameConstraints: path.flatMap((certificate) => constraintsOf(path, certificate)),
    ...(first === undefined ? {} : { extendedKeyUsage: first.filter((oid) => others.every((list) => list.includes(oid))) }),
  };
}

/**
 * How many CAs each certificate of a path lets follow below the path, negative where the path itself is too long for it. One whose
 * subject is its issuer's, as where a CA changes its key, does not count (RFC 5280 section 6.1.4 (l)).
 */
function roomBelow(path: CaPath): readonly { readonly certificate: Certificate; readonly room: number }[] {
  let between = 0;
  return path.map((certificate) => {
    const { pathLength = Infinity, subject, issuer } = certificate;
    const room = pathLength - between;
    if (Buffer.compare(subject.der, issuer.der) !== 0) between += 1;
    return { certificate, room };
  });
}

function constraintsOf([own]: CaPath, certificate: Certificate): readonly NameConstraints[] {
  const { nameConstraints, subject } = certificate;
  if (nameConstraints === undefined) return [];
  if (certificate === own) return [readNameConstraints(nameConstraints, 'the CA')];
  return [readNameConstraints(nameConstraints, `"${formatName(subject, 200)}" above the CA`)];
}
