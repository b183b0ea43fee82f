import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import type { Csr } from '../../x509/csr.ts';
import { createIssuingCA, issueCertificate, type IssueProblem } from '../../x509/issue.ts';
import { formatName } from '../../x509/name.ts';
import type { NameConstraints } from '../../x509/name-constraints.ts';
import type { PublicKey } from '../../x509/public-key.ts';
import { createRoot } from '../../x509/root.ts';
import { signatureAlgorithmFor } from '../../x509/signature-algorithm.ts';
import { defaultUsages, resolveUsages } from '../../x509/usages.ts';
import { generatePrivateKey, type KeyParameters, publicHalf, signerOf } from './keys.ts';

/** What an authority is asked to sign. */
export interface AuthorityRequest {
  readonly csr: Csr;
  readonly durationSeconds: number;
  /** Names as cert-manager spells them; none: digital signature, and key encipherment for RSA keys. */
  readonly usages: readonly string[];
  readonly isCA: boolean;
}

/** What it signed. */
export interface AuthorityCertificate {
  /** The certificate alone. */
  readonly certificatePem: string;
  /** The certificate, then the intermediates above it, without the root. */
  readonly chainPem: string;
  /** The root, or the highest certificate the authority knows. */
  readonly caPem: string;
  /** Lower-case hexadecimal. */
  readonly serialHex: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Why an authority cannot sign a request; `IssuerExpired` is the authority's fault, the others the request's. */
export interface AuthorityProblem {
  readonly code: IssueProblem['code'] | 'UnknownUsage';
  readonly message: string;
}

/** A CA that holds its key in memory. */
export interface CertificateAuthority {
  /** The CA's own certificate, PEM. */
  readonly certificatePem: string;
  /** The root, or the highest certificate that is known above it. */
  readonly caPem: string;
  /** RFC 4514. */
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** The private key as PKCS #8 PEM, for those who keep the CA in files. */
  exportKeyPem(): string;
  issue(request: AuthorityRequest): Promise<Result<AuthorityCertificate, AuthorityProblem>>;
}

/** What a new self-signed CA is to be. */
export interface AuthorityParameters {
  readonly commonName: string;
  readonly organization?: string;
  readonly key: KeyParameters;
  readonly validitySeconds: number;
  /** How many CAs may follow below it; absent: any number. */
  readonly pathLength?: number;
}

export interface AuthorityDeps {
  readonly clock: Pick<Clock, 'now'>;
}

/** Makes a key and a self-signed CA certificate. */
export async function createAuthority(parameters: AuthorityParameters, deps: AuthorityDeps): Promise<CertificateAuthority> {
  const privateKey = await generatePrivateKey(parameters.key);
  const publicKey = publicHalf(privateKey);
  if (!publicKey.ok) throw new Error(`a CA key was made that cannot be used: it is ${publicKey.error}`);
  const key = publicKey.value;
  const sign = signerOf(privateKey, signatureAlgorithmFor(key.keyType));
  const { der } = await createRoot({ ...parameters, key, now: deps.clock.now() }, sign);
  const certificate = parseCertificate(der);
  if (!certificate.ok) throw new Error(`a CA certificate was made that cannot be read: ${certificate.error}`);
  const { pem } = certificate.value;
  return openAuthority({ certificate: certificate.value, intermediatesPem: '', caPem: pem, privateKey, key }, deps);
}

/** A certificate and its key, found to belong together. */
export interface AuthorityMaterial {
  readonly certificate: Certificate;
  /** The CA's certificate and those above it without the root; empty for a root. */
  readonly intermediatesPem: string;
  readonly caPem: string;
  readonly privateKey: KeyObject;
  readonly key: PublicKey;
  /** Those of the certificate. */
  readonly nameConstraints?: NameConstraints;
}

/** An authority of a certificate and key that are known to belong together; `loadAuthority` checks what users provide. */
export function openAuthority(material: AuthorityMaterial, deps: AuthorityDeps): CertificateAuthority {
  const { certificate, intermediatesPem, caPem, privateKey, key, nameConstraints } = material;
  const { keyId, notAfter, pathLength } = certificate;
  const signatureAlgorithm = signatureAlgorithmFor(key.keyType);
  const sign = signerOf(privateKey, signatureAlgorithm);
  const subject = certificate.subject.der;
  const ca = createIssuingCA({
    subject,
    keyId,
    notAfter,
    signatureAlgorithm,
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(nameConstraints === undefined ? {} : { nameConstraints }),
  });
  return {
    certificatePem: certificate.pem,
    caPem,
    subject: formatName(certificate.subject),
    notAfter,
    exportKeyPem: () => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    issue: async ({ csr, durationSeconds, isCA, usages: names }) => {
      const { usages, unknown } = resolveUsages(names.length > 0 ? names : usualUsages(csr));
      if (unknown.length > 0) return err(unknownUsage(unknown));
      const issued = await issueCertificate({ csr, ca, now: deps.clock.now(), durationSeconds, usages, isCA }, sign);
      if (!issued.ok) return issued;
      const { pem, serialHex, ...validity } = issued.value;
      return ok({
        certificatePem: pem,
        chainPem: pem + intermediatesPem,
        caPem,
        serialHex,
        notBefore: validity.notBefore,
        notAfter: validity.notAfter,
      });
    },
  };
}

/** Keys of elliptic curves do not encipher (RFC 8813 section 3). */
function usualUsages(csr: Csr): readonly string[] {
  return csr.keyType.kind === 'rsa' ? defaultUsages : defaultUsages.filter((usage) => usage !== 'key encipherment');
}

function unknownUsage(unknown: readonly string[]): AuthorityProblem {
  const names = unknown.slice(0, 5).map((name) => `"${name.slice(0, 40)}"`);
  return {
    code: 'UnknownUsage',
    message: `Unknown usage ${names.join(', ')}; write usages as cert-manager does, such as "server auth".`,
  };
}
