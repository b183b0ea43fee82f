import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import type { CaFacts } from '../signer.ts';

/** What the status shows of a CA. @param keyId where its key is, in the words of who holds it. */
export function caFacts(
  { subject, serialHex, notAfter, pem }: Pick<Certificate, 'subject' | 'serialHex' | 'notAfter' | 'pem'>,
  keyId: string,
): CaFacts {
  return { subject: formatName(subject), serialHex, notAfter, keyId, certificatePem: pem };
}

const thirtyDaysMs = 30 * 86_400_000;

/** Whether a CA should be seen to: it has less than 30 days, or less than a third of its life. Moments in milliseconds since the epoch. */
export function endsSoon({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>, now: number): boolean {
  return notAfter - now < Math.min(thirtyDaysMs, (notAfter - notBefore) / 3);
}
