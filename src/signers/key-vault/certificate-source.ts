import { err, ok, type Result } from '../../lib/result.ts';
import { readPemText } from '../pem-bundle.ts';
import type { ReferencedData } from '../signer.ts';
import { isManagedHsm } from './managed-hsm.ts';
import type { KeyVaultConfig } from './schema.ts';

/** Where the CA certificate is: an object of the vault, or a text that was found in the cluster or in the issuer. */
export type CertificateSource =
  | { readonly in: 'secret' | 'certificate'; readonly name: string; readonly version?: string }
  | { readonly in: 'text'; readonly pem: string; readonly where: string };

const field = 'keyVault.caCertificate';

/** Reads where the CA certificate is. @param reference what the reference in it led to. */
export function certificateSource(
  { caCertificate, keyName, vaultUrl }: Pick<KeyVaultConfig, 'caCertificate' | 'keyName' | 'vaultUrl'>,
  reference: ReferencedData | undefined,
): Result<CertificateSource, string> {
  const { vaultSecret, vaultCertificate, ...text } = caCertificate ?? { vaultSecret: {} };
  const object = vaultCertificate ?? vaultSecret;
  if (object === undefined) {
    const found = readPemText(text, reference, field);
    if (!found.ok) return found;
    return found.value === undefined ? err(`${field}: set where the CA certificate is`) : ok({ in: 'text', ...found.value });
  }
  if (isManagedHsm(vaultUrl)) {
    return err(
      `${field}: a managed HSM holds keys alone, neither secrets nor certificates; set ${field}.configMapRef, secretRef or inline`,
    );
  }
  const { name = keyName, version } = object;
  const kind = vaultCertificate === undefined ? 'secret' : 'certificate';
  return ok({ in: kind, name, ...(version === undefined ? {} : { version }) });
}
