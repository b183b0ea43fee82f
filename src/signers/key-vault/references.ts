import type { WantedReference } from '../definition.ts';
import { wantedReference } from '../references.ts';
import type { KeyVaultConfig } from './schema.ts';

/** The objects that a configuration names: `caCertificate` the CA certificate, `ca` the bundle for ca.crt. */
export function keyVaultReferences({ caCertificate, ca }: KeyVaultConfig): readonly WantedReference[] {
  return [
    ...wantedReference('caCertificate', 'Secret', 'caCertificate.secretRef', caCertificate?.secretRef),
    ...wantedReference('caCertificate', 'ConfigMap', 'caCertificate.configMapRef', caCertificate?.configMapRef),
    ...wantedReference('ca', 'Secret', 'ca.secretRef', ca?.secretRef),
    ...wantedReference('ca', 'ConfigMap', 'ca.configMapRef', ca?.configMapRef),
  ];
}
