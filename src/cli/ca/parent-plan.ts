import { err, ok, type Result } from '../../lib/result.ts';
import type { CaKey } from '../../signers/ca/contract.ts';
import type { CaCertificate } from '../../x509/ca-certificate.ts';
import { formatName } from '../../x509/name.ts';
import { readChain, roomBelow } from './chain.ts';

/** The CA that signs an intermediate. */
export interface ParentCa {
  readonly certificate: CaCertificate;
  readonly key: CaKey;
}

/**
 * The path length of an intermediate: what is wished, or the greatest that those above it leave; undefined where any number is left.
 * The error is a sentence that begins with the option.
 */
export function pathLengthUnder(
  { certificate }: Pick<ParentCa, 'certificate'>,
  wished: number | undefined,
): Result<number | undefined, string> {
  const chain = readChain(certificate);
  if (!chain.ok) return err(`--parent-key: its chain cannot be used: ${chain.error}.`);
  const room = roomBelow(chain.value) - 1;
  const name = formatName(certificate.certificate.subject, 200);
  if (room < 0) {
    return err(
      `--parent-key: "${name}" may have no CA below it, by its path length or by those above it. Choose another parent, or make it anew with a greater --path-length.`,
    );
  }
  if (wished !== undefined && wished > room) {
    return err(`--path-length: under "${name}" it is ${room} at most. Give ${room} or less, or leave it out.`);
  }
  return ok(wished ?? (room === Infinity ? undefined : room));
}

/** What keeps a parent from signing this subject and key, as a sentence; undefined where nothing does. */
export function whyNoParent(
  { certificate: { certificate }, key }: ParentCa,
  subject: Uint8Array,
  own: Pick<CaKey, 'publicKey'> | undefined,
): string | undefined {
  if (own !== undefined && Buffer.compare(own.publicKey.spki, key.publicKey.spki) === 0) {
    return '--parent-key: it is the same key as --key. For a self-signed root leave --parent-key out; an intermediate has a key of its own.';
  }
  if (Buffer.compare(subject, certificate.subject.der) === 0) {
    return `--subject: "${formatName(certificate.subject, 200)}" is the name of the parent; a CA that has the name of its issuer is taken for a root. Give another.`;
  }
  return undefined;
}
