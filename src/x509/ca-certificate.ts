import { err, ok, type Result } from '../lib/result.ts';
import { Asn1Error } from './asn1.ts';
import { type CaPath, pathLimits, type PathLimits, whyPathUnfit } from './ca-path.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { type ChainProblem, type Link, normaliseChain } from './chain.ts';
import { createKnownCas } from './known-cas.ts';
import { holdsPrivateKey } from './pem.ts';
import type { PublicKey } from './public-key.ts';
import { certSign } from './usages.ts';

/** The certificate of a CA that may sign now, and those above it. */
export interface CaCertificate {
  readonly certificate: Certificate;
  /** The CA's certificate and those above it without the root; empty for a root. */
  readonly intermediatesPem: string;
  /** The root, or the highest certificate that is known; the CA's own where it is alone. */
  readonly caPem: string;
  /** What it and those above it, the root too, let it issue. */
  readonly limits: PathLimits;
}

/** Why a certificate is not one a CA can sign with; the message is a clause with advice: `it has no subject; use …`. */
export interface CaCertificateProblem {
  readonly code:
    | 'PrivateKey'
    | 'NotPem'
    | 'Chain'
    | 'KeyMismatch'
    | 'NotCA'
    | 'NoCertSign'
    | 'NoSubject'
    | 'Expired'
    | 'NotYetValid'
    | 'BadConstraints';
  readonly message: string;
}

const chainCodes: Readonly<Partial<Record<ChainProblem['code'], CaCertificateProblem['code']>>> = {
  ChainEmpty: 'NotPem',
  ChainKeyMismatch: 'KeyMismatch',
};

/**
 * Reads the certificate of the CA whose key is `key` from PEM, where those above it may follow in any order, and says whether it may
 * sign at `now` (milliseconds since the epoch), and whether clients would take it.
 * @param bundlePem CA certificates that clients are given: they complete the path where they belong to it.
 */
export function readCaCertificate(
  pem: string,
  key: PublicKey,
  now: number,
  bundlePem?: string,
): Result<CaCertificate, CaCertificateProblem> {
  if (holdsPrivateKey(pem)) {
    return problem(
      'PrivateKey',
      'it holds a private key: remove it from there, and replace the key if others can read that place; only certificates belong there',
    );
  }
  const options = { publicKey: key.publicKey, keyOwner: 'the CA', known: createKnownCas() };
  const chain = normaliseChain(pem, options);
  if (!chain.ok) return chainProblem(chain.error);
  const { leaf: certificate, chainPem, caPem, rootPem } = chain.value;
  const completed = bundlePem === undefined ? chain : normaliseChain(pem, { ...options, bundlePem });
  const path = readPath(certificate, (completed.ok ? completed : chain).value.above);
  if (!path.ok) return path;
  const unfit = whyUnfit(certificate) ?? whyPathUnfit(path.value, now);
  if (unfit !== undefined) return err(unfit);
  const limits = readLimits(path.value);
  if (!limits.ok) return limits;
  return ok({
    certificate,
    intermediatesPem: rootPem === certificate.pem ? '' : chainPem,
    caPem: caPem || certificate.pem,
    limits: limits.value,
  });
}

function readPath(own: Certificate, links: readonly Link[]): Result<CaPath, CaCertificateProblem> {
  const above: Certificate[] = [];
  for (const { der, x509 } of links) {
    const certificate = parseCertificate(der, x509);
    if (!certificate.ok)
      return problem('Chain', `certificate ${above.length + 1} above it cannot be used: ${certificate.error}`);
    above.push(certificate.value);
  }
  return ok([own, ...above]);
}

function chainProblem({ code, message }: ChainProblem): Result<never, CaCertificateProblem> {
  const advice =
    code === 'ChainKeyMismatch' ? '; give the certificate that was made for this key, or the key it was made for' : '';
  return problem(chainCodes[code] ?? 'Chain', message + advice);
}

/** What keeps a certificate from being that of a CA which may sign. */
function whyUnfit({ isCA, keyUsage, subject }: Certificate): CaCertificateProblem | undefined {
  if (!isCA) {
    return {
      code: 'NotCA',
      message: 'it is no CA certificate (BasicConstraints without CA:TRUE); use the certificate of a CA',
    };
  }
  if (keyUsage !== undefined && !keyUsage.includes(certSign)) {
    return { code: 'NoCertSign', message: 'its key usage lacks cert sign; use a CA certificate that may sign' };
  }
  if (subject.rdns.length === 0) {
    return { code: 'NoSubject', message: 'it has no subject; use a CA certificate with a common name' };
  }
  return undefined;
}

function readLimits(path: CaPath): Result<PathLimits, CaCertificateProblem> {
  try {
    return ok(pathLimits(path));
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return problem('BadConstraints', `${error.message}; use a CA certificate with other name constraints, or none`);
  }
}

function problem(code: CaCertificateProblem['code'], message: string): Result<never, CaCertificateProblem> {
  return err({ code, message });
}
