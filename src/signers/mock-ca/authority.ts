import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Result } from '../../lib/result.ts';
import type { CaCertificate } from '../../x509/ca-certificate.ts';
import { pathLimits, type PathLimits } from '../../x509/ca-path.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { encodeName } from '../../x509/encode-name.ts';
import { formatName } from '../../x509/name.ts';
import { publicHalf } from '../../x509/private-key.ts';
import type { PublicKey } from '../../x509/public-key.ts';
import { createRoot } from '../../x509/root.ts';
import { signerOf } from '../../x509/sign-with-key.ts';
import { signatureAlgorithmFor } from '../../x509/signature-algorithm.ts';
import { createIssuing, type Issuance, type IssuanceProblem, type IssuanceRequest } from '../ca/issuing.ts';
import { generatePrivateKey, type KeyParameters } from './keys.ts';

/** A CA that holds its key in memory. */
export interface CertificateAuthority {
  /** The CA's own certificate, PEM. */
  readonly certificatePem: string;
  /** The root, or the highest certificate that is known above it. */
  readonly caPem: string;
  /** RFC 4514. */
  readonly subject: string;
  /** Lower-case hexadecimal. */
  readonly serialHex: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  readonly limits: PathLimits;
  /** The private key as PKCS #8 PEM, for those who keep the CA in files. */
  exportKeyPem(): string;
  issue(request: IssuanceRequest): Promise<Result<Issuance, IssuanceProblem>>;
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
  const { validitySeconds, pathLength } = parameters;
  const root = await createRoot(
    {
      subject: encodeName(parameters),
      key,
      now: deps.clock.now(),
      validitySeconds,
      ...(pathLength === undefined ? {} : { pathLength }),
    },
    sign,
  );
  if (!root.ok) return root.error;
  const certificate = parseCertificate(root.value.der);
  if (!certificate.ok) throw new Error(`a CA certificate was made that cannot be read: ${certificate.error}`);
  const { pem } = certificate.value;
  const limits = pathLimits([certificate.value]);
  return openAuthority({ certificate: certificate.value, intermediatesPem: '', caPem: pem, limits, privateKey, key }, deps);
}

/** A certificate and its key, found to belong together. */
export interface AuthorityMaterial extends CaCertificate {
  readonly privateKey: KeyObject;
  readonly key: PublicKey;
}

/** An authority of a certificate and key that are known to belong together; `loadAuthority` checks what users provide. */
export function openAuthority(material: AuthorityMaterial, deps: AuthorityDeps): CertificateAuthority {
  const { certificate, caPem, limits, privateKey, key } = material;
  const algorithm = signatureAlgorithmFor(key.keyType);
  const sign = signerOf(privateKey, algorithm);
  const issuing = createIssuing(material, algorithm, deps);
  return {
    certificatePem: certificate.pem,
    caPem,
    subject: formatName(certificate.subject),
    serialHex: certificate.serialHex,
    notAfter: certificate.notAfter,
    limits,
    exportKeyPem: () => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    issue: async (request) => issuing.issue(request, sign),
  };
}
