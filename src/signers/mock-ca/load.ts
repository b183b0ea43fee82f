import { createPrivateKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '../../lib/result.ts';
import { Asn1Error } from '../../x509/asn1.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { normaliseChain } from '../../x509/chain.ts';
import { type NameConstraints, readNameConstraints } from '../../x509/name-constraints.ts';
import { type AuthorityDeps, type CertificateAuthority, openAuthority } from './authority.ts';
import { publicHalf } from './keys.ts';
import { certSign } from '../../x509/usages.ts';

/** A CA as users keep it: PEM, as text or bytes. The certificate may be followed by those above it, in any order. */
export interface AuthorityFiles {
  readonly certificatePem: string | Uint8Array;
  readonly keyPem: string | Uint8Array;
}

/** Which of the two is wrong, and how, as a clause with advice. */
export interface LoadProblem {
  readonly file: 'certificate' | 'key';
  readonly message: string;
}

/** Opens a CA from a certificate and a private key, after checking that they belong together and may sign. */
export function loadAuthority(files: AuthorityFiles, deps: AuthorityDeps): Result<CertificateAuthority, LoadProblem> {
  const privateKey = readPrivateKey(toText(files.keyPem));
  if (!privateKey.ok) return problem('key', privateKey.error);
  const key = publicHalf(privateKey.value);
  if (!key.ok) return problem('key', `it is ${key.error}`);
  const chain = normaliseChain(toText(files.certificatePem), { publicKey: key.value.publicKey });
  if (!chain.ok) {
    if (chain.error.code !== 'ChainKeyMismatch') return problem('certificate', chain.error.message);
    return problem('key', 'it does not belong to any certificate given; the private key must be that of the CA certificate');
  }
  const { leaf: certificate, chainPem, caPem, rootPem } = chain.value;
  const unfit = whyUnfit(certificate, deps.clock.now());
  if (unfit !== undefined) return problem('certificate', unfit);
  const nameConstraints = readConstraints(certificate);
  if (!nameConstraints.ok) return problem('certificate', nameConstraints.error);
  const intermediatesPem = rootPem === certificate.pem ? '' : chainPem;
  const material = {
    certificate,
    intermediatesPem,
    caPem: caPem || certificate.pem,
    privateKey: privateKey.value,
    key: key.value,
    ...(nameConstraints.value === undefined ? {} : { nameConstraints: nameConstraints.value }),
  };
  return ok(openAuthority(material, deps));
}

function readPrivateKey(pem: string): Result<KeyObject, string> {
  if (pem.includes('ENCRYPTED')) {
    return err('it is encrypted; store it decrypted ("openssl pkey -in KEY -out DECRYPTED"), protected by who may read it');
  }
  if (!pem.includes('PRIVATE KEY-----')) return err('it is no PEM private key; it needs a block -----BEGIN PRIVATE KEY-----');
  try {
    return ok(createPrivateKey(pem));
  } catch {
    return err('it cannot be read; write it as PKCS #8 ("openssl pkey -in KEY -out PKCS8")');
  }
}

/** What keeps a certificate from being that of a CA which may sign now. */
function whyUnfit(certificate: Certificate, now: number): string | undefined {
  const { isCA, keyUsage, notBefore, notAfter, subject } = certificate;
  if (!isCA) return 'it is no CA certificate (BasicConstraints without CA:TRUE); use the certificate of a CA';
  if (keyUsage !== undefined && !keyUsage.includes(certSign))
    return 'its key usage lacks cert sign; use a CA certificate that may sign';
  if (subject.rdns.length === 0) return 'it has no subject; use a CA certificate with a common name';
  if (now >= notAfter) return `it expired at ${new Date(notAfter).toISOString()}; renew it`;
  if (now < notBefore) return `it is not valid before ${new Date(notBefore).toISOString()}; wait, or set the clock`;
  return undefined;
}

function readConstraints({ nameConstraints }: Certificate): Result<NameConstraints | undefined, string> {
  if (nameConstraints === undefined) return ok(undefined);
  try {
    return ok(readNameConstraints(nameConstraints));
  } catch (error) {
    if (error instanceof Asn1Error) return err(`${error.message}; use a CA certificate with other name constraints, or none`);
    throw error;
  }
}

function toText(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
}

function problem(file: LoadProblem['file'], message: string): Result<never, LoadProblem> {
  return err({ file, message });
}
