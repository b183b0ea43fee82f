import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { momentText } from '../../lib/moment.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { sanTexts } from './get-facts.ts';

/** Nothing is renewed earlier by default, in milliseconds. */
const mostWithinMs = 720 * 3_600_000;
/** Characters of the name of an object, and of the time that is added to one. */
const longestName = 253;
const stampLength = 15;

/**
 * Whether a certificate is to be renewed: it ends within that time.
 * @param withinMs absent: the last third of its life, at most 720 hours.
 * @param now milliseconds since the epoch.
 */
export function isDue(
  { notBefore, notAfter }: Pick<Certificate, 'notAfter' | 'notBefore'>,
  withinMs: number | undefined,
  now: number,
): boolean {
  return notAfter - now <= (withinMs ?? Math.min(mostWithinMs, (notAfter - notBefore) / 3));
}

/** The name of the object of a renewal: another one than that of the first, which may still be there. @param now milliseconds since the epoch. */
export function renewalName(name: string, now: number): string {
  const stamp = new Date(now)
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14);
  return `${name.slice(0, longestName - stampLength).replace(/[^a-z0-9]+$/, '')}-${stamp}`;
}

/** What is asked for again: all that the request before asked for, but the name and the CSR. */
export function termsOf({ metadata, spec }: CertificateSigningRequest): {
  readonly signerName: string;
  readonly usages: readonly string[];
  readonly expirationSeconds?: number;
  readonly annotations?: Readonly<Record<string, string>>;
} {
  const { signerName, usages = [], expirationSeconds } = spec;
  const { annotations } = metadata;
  return {
    signerName,
    usages,
    ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/**
 * Whether a certificate can take the place of another: the same names, and good for longer. The error is a clause.
 * @param now milliseconds since the epoch.
 */
export function checkSuccessor(before: Certificate, after: Certificate, now: number): Result<void, string> {
  const isSameSubject = Buffer.from(before.subject.der).equals(after.subject.der);
  // A CA may write the same text as a string of another type.
  if (!isSameSubject && textOf(before.subject) !== textOf(after.subject)) {
    return err(`it is for "${formatName(after.subject)}", and the old one for "${formatName(before.subject)}"`);
  }
  const names = new Set(sanTexts(after.sans));
  const missing = sanTexts(before.sans).find((name) => !names.has(name));
  if (missing !== undefined) return err(`it lacks the name ${missing} of the old one`);
  if (after.notAfter <= now) return err(`it ended at ${momentText(after.notAfter)}`);
  return after.notAfter > before.notAfter ? ok(undefined) : err('it does not last longer than the old one');
}

/** The whole name, however long it is. */
function textOf(name: Certificate['subject']): string {
  return formatName(name, Infinity);
}
