import { err, ok, type Result } from '../lib/result.ts';
import { Asn1Error } from './asn1.ts';
import type { Certificate } from './certificate.ts';
import { type ChainProblem, normaliseChain } from './chain.ts';
import { type NameConstraints, readNameConstraints } from './name-constraints.ts';
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
  /** Those of the certificate. */
  readonly nameConstraints?: NameConstraints;
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
 * sign at `now` (milliseconds since the epoch).
 */
export function readCaCertificate(pem: string, key: PublicKey, now: number): Result<CaCertificate, CaCertificateProblem> {
  if (holdsPrivateKey(pem)) {
    return problem(
      'PrivateKey',
      'it holds a private key: remove it from there, and replace the key if others can read that place; only certificates belong there',
    );
  }
  const chain = normaliseChain(pem, { publicKey: key.publicKey, keyOwner: 'the CA' });
  if (!chain.ok) return chainProblem(chain.error);
  const { leaf: certificate, chainPem, caPem, rootPem } = chain.value;
  const unfit = whyUnfit(certificate, now);
  if (unfit !== undefined) return err(unfit);
  const constraints = readConstraints(certificate);
  if (!constraints.ok) return constraints;
  return ok({
    certificate,
    intermediatesPem: rootPem === certificate.pem ? '' : chainPem,
    caPem: caPem || certificate.pem,
    ...(constraints.value === undefined ? {} : { nameConstraints: constraints.value }),
  });
}

function chainProblem({ code, message }: ChainProblem): Result<never, CaCertificateProblem> {
  const advice =
    code === 'ChainKeyMismatch' ? '; give the certificate that was made for this key, or the key it was made for' : '';
  return problem(chainCodes[code] ?? 'Chain', message + advice);
}

/** What keeps a certificate from being that of a CA which may sign now. */
function whyUnfit(certificate: Certificate, now: number): CaCertificateProblem | undefined {
  const { isCA, keyUsage, notBefore, notAfter, subject } = certificate;
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
  if (now >= notAfter) return { code: 'Expired', message: `it expired at ${new Date(notAfter).toISOString()}; renew it` };
  if (now < notBefore) {
    const start = new Date(notBefore).toISOString();
    return { code: 'NotYetValid', message: `it is not valid before ${start}; wait, or set the clock` };
  }
  return undefined;
}

function readConstraints({ nameConstraints }: Certificate): Result<NameConstraints | undefined, CaCertificateProblem> {
  if (nameConstraints === undefined) return ok(undefined);
  try {
    return ok(readNameConstraints(nameConstraints));
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return problem('BadConstraints', `${error.message}; use a CA certificate with other name constraints, or none`);
  }
}

function problem(code: CaCertificateProblem['code'], message: string): Result<never, CaCertificateProblem> {
  return err({ code, message });
}
