import type { X509Certificate } from 'node:crypto';
import type { KnownCas } from './known-cas.ts';

/** Who issued whom, as long as signatures may be verified; after that nobody, and what was built so far is worth nothing. */
export interface IssuerCheck {
  readonly isIssuedBy: (link: HasX509, issuer: HasX509) => boolean;
  readonly exhausted: () => boolean;
}

interface HasX509 {
  readonly x509: X509Certificate;
}

/** Whether subject and issuer of a certificate are the same name, as those of a root are. */
export function isSelfIssued({ x509 }: HasX509): boolean {
  return x509.subject === x509.issuer;
}

/** @param leaf whose signature is not remembered. @param most how many signatures are verified. */
export function createIssuerCheck(leaf: HasX509, known: KnownCas, most: number): IssuerCheck {
  let left = most;
  return {
    exhausted: () => left < 0,
    // By names, key identifiers and key usage (cheap, first), then by signature.
    isIssuedBy(link, issuer) {
      const { x509 } = link;
      try {
        if (left < 0 || !mayIssue(issuer) || !x509.checkIssued(issuer.x509)) return false;
        if (known.wasSigned(x509, issuer.x509)) return true;
        left -= 1;
        if (left < 0 || !x509.verify(issuer.x509.publicKey)) return false;
        if (link !== leaf && x509.ca) known.keepSigned(x509, issuer.x509);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** OpenSSL's check of an issuer leaves out whether it is a CA (RFC 5280 section 6.1.4 (k)); roots may be of version 1, which cannot say so. */
function mayIssue(link: HasX509): boolean {
  return link.x509.ca || isSelfIssued(link);
}
