import type { Clock } from '../../lib/clock.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { CaCertificate } from '../../x509/ca-certificate.ts';
import type { PathLimits } from '../../x509/ca-path.ts';
import type { Csr } from '../../x509/csr.ts';
import { createIssuingCA, issueCertificate, type IssueProblem, type SignTbs } from '../../x509/issue.ts';
import { formatName } from '../../x509/name.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import { defaultUsages, extendedKeyUsageName, resolveUsages } from '../../x509/usages.ts';

/** What a CA is asked to sign. */
export interface IssuanceRequest {
  readonly csr: Csr;
  readonly durationSeconds: number;
  /** Names as cert-manager spells them; none: digital signature, and key encipherment for RSA keys. */
  readonly usages: readonly string[];
  readonly isCA: boolean;
}

/** What it signed. */
export interface Issuance {
  /** The certificate alone. */
  readonly certificatePem: string;
  /** The certificate, then the CA's and those above it, without the root. */
  readonly chainPem: string;
  /** The root, or the highest certificate that is known. */
  readonly caPem: string;
  /** Lower-case hexadecimal. */
  readonly serialHex: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Where it ends with the CA or one above it, sooner than was asked, a clause on that: `its CA ends then`. */
  readonly whyShorter?: string;
}

/** Why a CA cannot sign a request; `IssuerExpired` is the CA's fault, the others the request's. */
export interface IssuanceProblem {
  readonly code: IssueProblem['code'] | 'UnknownUsage' | 'UsageNotPermitted';
  readonly message: string;
}

/** A CA certificate, ready to issue under. */
export interface Issuing {
  /** Has one TBSCertificate signed, and nothing where the request cannot be. Errors of `sign` pass through. */
  issue<E = never>(request: IssuanceRequest, sign: SignTbs<E>): Promise<Result<Issuance, IssuanceProblem | E>>;
}

/**
 * Prepares a CA for issuing: the one way in which every signer that has a CA certificate makes certificates, wherever its key is.
 * @param algorithm what `sign` will sign with.
 */
export function createIssuing(
  { certificate, intermediatesPem, caPem, limits }: CaCertificate,
  algorithm: SignatureAlgorithm,
  { clock }: { readonly clock: Pick<Clock, 'now'> },
): Issuing {
  const { subject, keyId } = certificate;
  const { endsFirst, pathLength, nameConstraints } = limits;
  const higher = endsFirst === certificate ? undefined : `certificate "${formatName(endsFirst.subject, 100)}"`;
  const ca = createIssuingCA({
    subject: subject.der,
    keyId,
    notAfter: endsFirst.notAfter,
    signatureAlgorithm: algorithm,
    nameConstraints,
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(higher === undefined ? {} : { endsWith: `The ${higher} above the CA` }),
  });
  const whyShorter = higher === undefined ? 'its CA ends then' : `the ${higher} above its CA ends then`;
  return {
    async issue({ csr, durationSeconds, isCA, usages: names }, sign) {
      const { usages, unknown } = resolveUsages(names.length > 0 ? names : usualUsages(csr));
      if (unknown.length > 0) return err(unknownUsage(unknown));
      const outside = usages.extendedKeyUsage.filter((oid) => limits.extendedKeyUsage?.includes(oid) === false);
      if (outside.length > 0) return err(usageNotPermitted(outside, limits));
      const issued = await issueCertificate({ csr, ca, now: clock.now(), durationSeconds, usages, isCA }, sign);
      if (!issued.ok) return issued;
      const { pem, serialHex, ...validity } = issued.value;
      return ok({
        certificatePem: pem,
        chainPem: pem + intermediatesPem,
        caPem,
        serialHex,
        notBefore: validity.notBefore,
        notAfter: validity.notAfter,
        ...(validity.notAfter === endsFirst.notAfter ? { whyShorter } : {}),
      });
    },
  };
}

/** Keys of elliptic curves do not encipher (RFC 8813 section 3). */
function usualUsages(csr: Csr): readonly string[] {
  return csr.keyType.kind === 'rsa' ? defaultUsages : defaultUsages.filter((usage) => usage !== 'key encipherment');
}

function unknownUsage(unknown: readonly string[]): IssuanceProblem {
  const names = unknown.slice(0, 5).map((name) => `"${name.slice(0, 40)}"`);
  return {
    code: 'UnknownUsage',
    message: `Unknown usage ${names.join(', ')}; write usages as cert-manager does, such as "server auth".`,
  };
}

function usageNotPermitted(outside: readonly string[], { extendedKeyUsage = [] }: PathLimits): IssuanceProblem {
  const shown = (oids: readonly string[]): string =>
    oids
      .slice(0, 10)
      .map((oid) => `"${extendedKeyUsageName(oid)}"`)
      .join(', ');
  const permitted = extendedKeyUsage.length === 0 ? 'permit none' : `permit ${shown(extendedKeyUsage)} alone`;
  return {
    code: 'UsageNotPermitted',
    message: `The usage ${shown(outside)} cannot be given: the extended key usages of the CA, and of those above it, ${permitted}. Ask for others.`,
  };
}
