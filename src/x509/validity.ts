import type { X509Certificate } from 'node:crypto';

/** When a certificate is valid, in milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What is wrong with a certificate that has no {@link readValidity}, as a clause. */
export const unreadableValidity = 'its validity is not two moments in time (RFC 5280 section 4.1.2.5)';

/**
 * Reads from when to when a certificate is valid; undefined where one of the two is no time. OpenSSL then gives no date as its text,
 * but what Node makes a moment of is memory that nobody has set: it may be any number.
 */
export function readValidity(x509: X509Certificate): Validity | undefined {
  if (Number.isNaN(Date.parse(x509.validFrom)) || Number.isNaN(Date.parse(x509.validTo))) return undefined;
  const [notBefore, notAfter] = [x509.validFromDate.getTime(), x509.validToDate.getTime()];
  return Number.isNaN(notBefore) || Number.isNaN(notAfter) ? undefined : { notBefore, notAfter };
}
