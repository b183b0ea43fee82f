import type { VaultKey } from '../../signers/key-vault/vault.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { decodePem } from '../../x509/pem.ts';
import type { ParentCa } from './parent.ts';

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/**
 * What would make the renewal of a CA another CA: a forgotten parent, or a subject that is spelt otherwise. Clients would not trust it.
 * @param stored what the certificate is to be put in place of, PEM.
 * @returns a sentence; undefined where the stored one is for another key, which is then meant, or where nothing is wrong.
 */
export function whyNoRenewal(
  stored: string,
  key: Pick<VaultKey, 'publicKey'>,
  subject: Uint8Array,
  parent: Pick<ParentCa, 'certificate'> | undefined,
): string | undefined {
  const old = certificateFor(key, stored);
  if (old === undefined) return undefined;
  const name = formatName(old.subject, 200);
  const issuer = formatName(old.issuer, 200);
  const other =
    'To put another CA in its place all the same, leave --store out, and store what is printed with ca import --force.';
  if (!sameBytes(old.subject.der, subject)) {
    return (
      `--subject: the secret holds the CA certificate "${name}", and clients know the CA by this name. ` +
      `Give the same one to renew it. ${other}`
    );
  }
  const isRoot = sameBytes(old.subject.der, old.issuer.der);
  if (parent === undefined && !isRoot) {
    return `--parent-key: "${issuer}" signed the CA certificate "${name}" that the secret holds; without it this would be a root that nobody trusts. Give the parent to renew it. ${other}`;
  }
  if (parent !== undefined && !sameBytes(parent.certificate.certificate.subject.der, old.issuer.der)) {
    const by = isRoot ? 'is self-signed' : `was signed by "${issuer}"`;
    return `--parent-key: the CA certificate "${name}" that the secret holds ${by}. Give the same parent, or none, to renew it. ${other}`;
  }
  return undefined;
}

/** Of the certificates of a text, the one for the key. */
function certificateFor({ publicKey }: Pick<VaultKey, 'publicKey'>, pem: string): Certificate | undefined {
  const blocks = decodePem(pem);
  const certificates = blocks.ok ? blocks.value.map(({ der }) => parseCertificate(der)) : [];
  return certificates.flatMap((read) => (read.ok && sameBytes(read.value.spki, publicKey.spki) ? [read.value] : []))[0];
}
