import { formatDuration } from '../lib/duration.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Issued, SignRequest } from '../signers/signer.ts';
import type { Certificate } from '../x509/certificate.ts';
import { normaliseChain, type Chain } from '../x509/chain.ts';
import type { KnownCas } from '../x509/known-cas.ts';
import { attributeValues, formatName, type Name } from '../x509/name.ts';
import { missingSans } from '../x509/san.ts';
import { resolveUsages } from '../x509/usages.ts';
import type { Notice } from './conclusion.ts';
import { systemMasters } from './policy/check-policy.ts';

/** A chain that may be written, and what about it its owner should know. */
export interface Verified {
  readonly chain: Chain;
  readonly notices: readonly Notice[];
}

/** Why what a CA returned must not be written. `NotYetValid` passes by itself: try again after `afterMs`. */
export interface VerifyProblem {
  readonly code: string;
  readonly message: string;
  readonly afterMs?: number;
}

/** How far the CA's clock may be ahead of ours before its certificate is refused, in milliseconds. */
const clockSkewMs = 5 * 60_000;
/** Bit number of keyEncipherment in a KeyUsage. */
const keyEncipherment = 2;
/** A lifetime may differ from the one asked by this share, or by an hour where that is more, before anyone is told. */
const lifetimeTolerance = 0.05;
/** The code of a certificate that is good and not quite what was asked for. */
const differs = 'IssuedDiffers';

/**
 * Checks what a CA returned against what was asked (design rule 6): a CA is not trusted to have signed this key, these
 * names, now.
 * @param now milliseconds since the epoch.
 * @param strict whether what differs but harms nobody is refused too (`spec.verify: strict`); that comes before any waiting.
 * @param known the CA certificates of answers before; without it all are read and verified.
 */
export function verifyIssued(
  issued: Issued,
  request: SignRequest,
  now: number,
  strict = false,
  known?: KnownCas,
): Result<Verified, VerifyProblem> {
  const { caPem, caBundlePem: bundlePem } = issued;
  const options = {
    publicKey: request.csr.publicKey,
    ...(caPem === undefined ? {} : { caPem }),
    ...(bundlePem === undefined ? {} : { bundlePem }),
    now,
    ...(known === undefined ? {} : { known }),
  };
  const normalised = normaliseChain(issued.chainPem, options);
  if (!normalised.ok)
    return err({ code: normalised.error.code, message: `The CA's answer was refused: ${normalised.error.message}` });
  const { leaf } = normalised.value;
  const problem = problemOf(leaf, request, now);
  if (problem !== undefined && problem.afterMs === undefined) return err(problem);
  const found = oddities(leaf, request, issued.whyShorter);
  const difference = `The certificate differs from the request: ${found.join('; ')}.`;
  if (strict && found.length > 0) {
    const message = `${difference} It was refused, since spec.verify of the issuer is strict. Compare the CA's profile with the request.`;
    return err({ code: differs, message });
  }
  if (problem !== undefined) return err(problem);
  const notices: readonly Notice[] = found.length === 0 ? [] : [{ type: 'Warning', reason: differs, note: difference }];
  return ok({ chain: normalised.value, notices });
}

function problemOf(leaf: Certificate, request: SignRequest, now: number): VerifyProblem | undefined {
  const missing = missingSans(request.csr.sans, leaf.sans);
  if (missing.length > 0) {
    return refused('SanMissing', `names that were asked for are not in it: ${few(missing)}`);
  }
  if (leaf.isCA && !request.isCA) return refused('UnaskedCA', 'it is a CA certificate, and none was asked for');
  if (
    attributeValues(leaf.subject, 'O').includes(systemMasters) &&
    !attributeValues(request.csr.subject, 'O').includes(systemMasters)
  ) {
    return refused('UnaskedGroup', `its subject holds O=${systemMasters}, and that was not asked for`);
  }
  if (leaf.notAfter <= now) return refused('CertificateExpired', `it expired at ${new Date(leaf.notAfter).toISOString()}`);
  const early = leaf.notBefore - now;
  if (early > clockSkewMs) return refused('NotYetValid', `it is valid only from ${new Date(leaf.notBefore).toISOString()}`);
  if (early > 0) {
    const message = `The certificate that the CA returned becomes valid in ${formatDuration(early)} and is kept until then. Compare the CA's clock with this one.`;
    return { code: 'NotYetValid', message, afterMs: early };
  }
  return undefined;
}

function refused(code: string, why: string): VerifyProblem {
  return {
    code,
    message: `The certificate that the CA returned was refused: ${why}. Compare the CA's profile with the request.`,
  };
}

/** The first names of many, each cut: a name may be as long as the CSR. */
function few(names: readonly string[]): string {
  const first = names.slice(0, 5).map((name) => (name.length > 100 ? `${name.slice(0, 100)}…` : name));
  return names.length > first.length ? `${first.join(', ')} and ${names.length - first.length} more` : first.join(', ');
}

/** What differs from the request but harms nobody: told once and, where the issuer is not strict, written all the same. */
function oddities(leaf: Certificate, request: SignRequest, whyShorter: string | undefined): readonly string[] {
  const found: string[] = [];
  const added = missingSans(leaf.sans, request.csr.sans);
  if (added.length > 0) found.push(`the CA added names: ${few(added)}`);
  if (request.isCA && !leaf.isCA) found.push('it is no CA certificate, and one was asked for');
  if (!sameName(leaf.subject, request.csr.subject)) {
    found.push(`its subject is "${formatName(leaf.subject, 100)}", asked was "${formatName(request.csr.subject, 100)}"`);
  }
  const usages = usageDifference(leaf, request);
  if (usages !== undefined) found.push(usages);
  const lifetime = leaf.notAfter - leaf.notBefore;
  const wanted = request.durationSeconds * 1000;
  if (Math.abs(lifetime - wanted) > Math.max(wanted * lifetimeTolerance, 3_600_000)) {
    const why = whyShorter === undefined || lifetime > wanted ? '' : `, since ${whyShorter}`;
    found.push(`it lasts ${formatDuration(lifetime)}, asked was ${formatDuration(wanted)}${why}`);
  }
  return found;
}

/** Many CAs encode a subject anew, as UTF8String say: that is the same name. */
function sameName(a: Name, b: Name): boolean {
  return Buffer.from(a.der).equals(b.der) || formatName(a, Infinity) === formatName(b, Infinity);
}

/**
 * A certificate without the extension is good for every usage. Only an RSA key can encipher a key, which CAs know and
 * requests, whose default usage it is, do not (RFC 8813 section 3). What a CA certificate may do besides is the CA's to say.
 */
function usageDifference(leaf: Certificate, request: SignRequest): string | undefined {
  const { usages } = resolveUsages(request.usages);
  const pointless = request.csr.keyType.kind === 'rsa' ? undefined : keyEncipherment;
  const missingBits = usages.keyUsage.filter((bit) => bit !== pointless && leaf.keyUsage?.includes(bit) === false);
  const extraBits = request.isCA ? [] : (leaf.keyUsage ?? []).filter((bit) => !usages.keyUsage.includes(bit));
  const missingOids = usages.extendedKeyUsage.filter((oid) => leaf.extendedKeyUsage?.includes(oid) === false);
  const extraOids = (leaf.extendedKeyUsage ?? []).filter((oid) => !usages.extendedKeyUsage.includes(oid));
  if (missingBits.length + extraBits.length + missingOids.length + extraOids.length === 0) return undefined;
  return 'its usages are not the ones asked for';
}
