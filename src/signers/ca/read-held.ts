import { err, ok, type Result } from '../../lib/result.ts';
import { type CaCertificate, type CaCertificateProblem, readCaCertificate } from '../../x509/ca-certificate.ts';
import { normaliseChain } from '../../x509/chain.ts';
import { formatName } from '../../x509/name.ts';
import { decodePem } from '../../x509/pem.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import type { CaKey, CaProblem, CaSettings, HeldCa } from './contract.ts';

/** A CA that was found fit to sign. */
export interface FitCa {
  readonly certificate: CaCertificate;
  readonly key: CaKey;
  readonly algorithm: SignatureAlgorithm;
  readonly warnings: HeldCa['warnings'];
}

/**
 * Says whether what a holder gave is a CA that may sign at `now` (milliseconds since the epoch), and whether what it would issue
 * would be taken: certificate and key belong together, and so do chain and bundle.
 */
export function readHeldCa(held: HeldCa, settings: CaSettings, now: number): Result<FitCa, CaProblem> {
  const { key, where, warnings } = held;
  const certificate = readCaCertificate(held.certificatePem, key.publicKey, now, settings.caBundlePem);
  if (!certificate.ok) return err(certificateProblem(certificate.error, held));
  if (!isTrusted(certificate.value, held, settings)) {
    const subject = formatName(certificate.value.certificate.subject, 100);
    return configError(
      `ca: none of its certificates is the CA certificate "${subject}" in ${where}, or above it. ` +
        'Put the root of that CA there too, or remove ca.',
    );
  }
  const algorithm = chooseAlgorithm(key, settings);
  return algorithm.ok ? ok({ certificate: certificate.value, key, algorithm: algorithm.value, warnings }) : algorithm;
}

function certificateProblem({ code, message }: CaCertificateProblem, { where, key }: HeldCa): CaProblem {
  const text = `The CA certificate in ${where} cannot be used: ${message}.`;
  switch (code) {
    case 'KeyMismatch':
      return {
        outcome: 'issuer-broken',
        code: 'CAMismatch',
        message: `The CA certificate in ${where} and ${key.id} do not belong together: ${message}.`,
      };
    case 'Expired':
      return { outcome: 'issuer-broken', code: 'IssuerExpired', message: text };
    case 'NotYetValid':
      return { outcome: 'retry', code: 'IssuerNotYetValid', message: text };
    default:
      return { outcome: 'issuer-broken', code: 'ConfigError', message: text };
  }
}

/** What is issued is refused where the bundle does not lead to it. */
function isTrusted(ca: CaCertificate, held: HeldCa, { caBundlePem }: CaSettings): boolean {
  if (caBundlePem === undefined) return true;
  const bundle = decodePem(caBundlePem);
  if (bundle.ok && bundle.value.some(({ der }) => Buffer.compare(der, ca.certificate.der) === 0)) return true;
  const { publicKey } = held.key.publicKey;
  return normaliseChain(held.certificatePem, { publicKey, keyOwner: 'the CA', bundlePem: caBundlePem }).ok;
}

function chooseAlgorithm(
  { id, algorithms }: CaKey,
  { signatureAlgorithm, signatureAlgorithmField: field }: CaSettings,
): Result<SignatureAlgorithm, CaProblem> {
  const algorithm = signatureAlgorithm ?? algorithms[0];
  if (algorithm !== undefined && algorithms.includes(algorithm)) return ok(algorithm);
  const fitting = new Intl.ListFormat('en', { type: 'disjunction' }).format(algorithms);
  return configError(`${field}: is ${algorithm}, which ${id} does not sign with. Set ${fitting}, or remove the field.`);
}

function configError(message: string): Result<never, CaProblem> {
  return err({ outcome: 'issuer-broken', code: 'ConfigError', message });
}
