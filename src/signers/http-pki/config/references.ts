import type { WantedReference } from '../../definition.ts';
import { wantedReference } from '../../references.ts';
import type { PkiConfig } from '../schema/schema.ts';

/** The objects that a configuration names: `auth` the Secret with the credential, `tls.ca` the roots, `tls.client` the client certificate. */
export function pkiReferences({ auth, tls }: PkiConfig): readonly WantedReference[] {
  return [
    ...wantedReference('auth', 'Secret', 'auth.secretRef', auth.secretRef),
    ...wantedReference('tls.ca', 'Secret', 'tls.caSecretRef', tls.caSecretRef),
    ...wantedReference('tls.ca', 'ConfigMap', 'tls.caConfigMapRef', tls.caConfigMapRef),
    ...wantedReference('tls.client', 'Secret', 'tls.clientCertSecretRef', tls.clientCertSecretRef),
  ];
}
