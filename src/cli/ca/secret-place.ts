import { usageError } from '../deps.ts';
import type { StorePlace } from './store.ts';
import { checked, type VaultChoice } from './vault-settings.ts';

/** Which secret is meant: by default the one that issuers look for. @throws {CodedError} `Usage` */
export function secretPlace(
  { secretName, force }: { readonly secretName?: string; readonly force: boolean },
  { keyName }: VaultChoice,
): StorePlace {
  return { name: secretName === undefined ? keyName : checked('keyName', { value: secretName, from: '--secret-name' }), force };
}

/** @param advice what to do in place of storing, to begin a sentence with. @throws {CodedError} `Usage` where the vault holds keys alone. */
export function checkHoldsSecrets({ vaultUrl }: VaultChoice, advice: string): void {
  if (!new URL(vaultUrl).hostname.includes('.managedhsm.')) return;
  throw usageError(
    `--vault-url: a managed HSM holds keys alone, no secrets. ${advice}; put the certificate into a ConfigMap, and name that in ` +
      'keyVault.caCertificate.configMapRef of the issuer',
  );
}
