import { err, ok, type Result } from '../../lib/result.ts';
import { readCaCertificate } from '../../x509/ca-certificate.ts';
import { publicHalf, readPrivateKey } from '../../x509/private-key.ts';
import { type AuthorityDeps, type CertificateAuthority, openAuthority } from './authority.ts';

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
  const ca = readCaCertificate(toText(files.certificatePem), key.value, deps.clock.now());
  if (!ca.ok) {
    if (ca.error.code !== 'KeyMismatch') return problem('certificate', ca.error.message);
    return problem('key', 'it does not belong to any certificate given; the private key must be that of the CA certificate');
  }
  return ok(openAuthority({ ...ca.value, privateKey: privateKey.value, key: key.value }, deps));
}

function toText(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');
}

function problem(file: LoadProblem['file'], message: string): Result<never, LoadProblem> {
  return err({ file, message });
}
