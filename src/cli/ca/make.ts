import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { CaKey } from '../../signers/ca/contract.ts';
import { createIssuing } from '../../signers/ca/issuing.ts';
import { readCaCertificate } from '../../x509/ca-certificate.ts';
import { createCsr } from '../../x509/csr-build.ts';
import { parseCsr } from '../../x509/csr.ts';
import { createRoot } from '../../x509/root.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import { readChain } from './chain.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { signWith } from './key.ts';
import type { ParentCa } from './parent.ts';
import type { VaultSession } from './session.ts';

/** What a certificate is to say, and who signs it. */
export interface CertificatePlan {
  /** DER of a Name. */
  readonly subject: Uint8Array;
  readonly pathLength?: number;
  readonly validityMs: number;
  /** How it is signed: by the key itself, or by that of the parent. */
  readonly algorithm: SignatureAlgorithm;
  readonly parent?: ParentCa;
}

/** Makes the certificate of a root, and gives it as a chain of one; the error is a sentence. */
export async function makeRoot(
  session: VaultSession,
  key: CaKey,
  { subject, pathLength, validityMs, algorithm }: CertificatePlan,
): Promise<Result<readonly Certificate[], string>> {
  const now = session.deps.clock.now();
  const root = await createRoot(
    {
      subject,
      key: key.publicKey,
      now,
      validitySeconds: validityMs / 1000,
      algorithm,
      ...(pathLength === undefined ? {} : { pathLength }),
    },
    signWith(session, key, algorithm, 'a root certificate'),
  );
  return root.ok ? readMade(root.value.pem, key, now) : err(root.error.message);
}

/** Makes the certificate of an intermediate, and gives it with those above it; the error is a sentence. */
export async function makeIntermediate(
  session: VaultSession,
  key: CaKey,
  { subject, pathLength, validityMs, algorithm }: CertificatePlan,
  parent: ParentCa,
): Promise<Result<readonly Certificate[], string>> {
  const { clock } = session.deps;
  // The CSR shows that the key signs before its certificate is made.
  const pem = await makeCsr(session, key, { subject, ...(pathLength === undefined ? {} : { pathLength }) });
  if (!pem.ok) return pem;
  const csr = parseCsr(pem.value);
  if (!csr.ok) return err(csr.error.message);
  const request = {
    csr: csr.value,
    durationSeconds: validityMs / 1000,
    usages: ['digital signature', 'cert sign', 'crl sign'],
    isCA: true,
  };
  const issued = await createIssuing(parent.certificate, algorithm, { clock }).issue(
    request,
    signWith(session, parent.key, algorithm, 'the certificate of an intermediate'),
  );
  if (!issued.ok) return err(issued.error.message);
  const { chainPem, caPem } = issued.value;
  return readMade(chainPem.includes(caPem) ? chainPem : chainPem + caPem, key, clock.now());
}

/** Has the key sign a CSR for the certificate of a CA; gives PEM, the error is a sentence. */
export async function makeCsr(
  session: VaultSession,
  key: CaKey,
  {
    subject,
    pathLength,
    algorithm,
  }: Pick<CertificatePlan, 'subject' | 'pathLength'> & { readonly algorithm?: SignatureAlgorithm },
): Promise<Result<string, string>> {
  const by = algorithm ?? key.algorithms[0];
  if (by === undefined) return err(`The key ${printable(key.id)} signs with no algorithm that is known here.`);
  const csr = await createCsr(
    { subject, key: key.publicKey, algorithm: by, ...(pathLength === undefined ? {} : { pathLength }) },
    signWith(session, key, by, 'a CSR'),
  );
  return csr.ok ? ok(csr.value.pem) : err(csr.error.message);
}

/** What was made is read as an issuer will read it, before anybody is given it. */
function readMade(pem: string, key: CaKey, now: number): Result<readonly Certificate[], string> {
  const read = readCaCertificate(pem, key.publicKey, now);
  const chain = read.ok ? readChain(read.value) : err(read.error.message);
  return chain.ok ? chain : err(`A certificate was made that no issuer would take: ${chain.error}. Nothing was stored.`);
}
