import type { Clock } from '../../lib/clock.ts';
import { err, ok } from '../../lib/result.ts';
import type { CaHolder } from '../ca/contract.ts';
import { caKeyOf } from './ca-key.ts';
import { fetchCertificate } from './certificate.ts';
import type { CertificateSource } from './certificate-source.ts';
import { createKeyFinder, type KeyName } from './find-key.ts';
import { expiryWarnings, whyUnusable } from './key-fitness.ts';
import { broken } from './problems.ts';
import { withRenewedLogin } from './renewed-login.ts';
import type { Vault } from './vault.ts';

/** Which CA of a vault. */
export interface VaultCa {
  readonly key: KeyName;
  readonly certificate: CertificateSource;
}

/**
 * A CA whose key is in a vault. In steady state `load` costs one call for the certificate, where it is in the vault, and one for the
 * newest version of the key; one more while that is not the one that signs. Closing it closes the vault.
 */
export function createKeyVaultHolder(
  vault: Vault,
  { key: keyName, certificate: source }: VaultCa,
  { clock }: { readonly clock: Pick<Clock, 'now'> },
): CaHolder {
  const asked = withRenewedLogin(vault);
  const finder = createKeyFinder(asked, keyName);
  return {
    async load(context) {
      const certificate = await fetchCertificate(asked, source, context);
      if (!certificate.ok) return certificate;
      const found = await finder.find(certificate.value, context);
      if (!found.ok) return found;
      const { key, warnings } = found.value;
      const now = clock.now();
      const unusable = whyUnusable(key, now);
      if (unusable !== undefined) return err(broken('KeyUnusable', unusable));
      const { pem: certificatePem, where } = certificate.value;
      return ok({ certificatePem, where, key: caKeyOf(asked, key), warnings: [...warnings, ...expiryWarnings(key, now)] });
    },
    close: () => vault.close(),
  };
}
