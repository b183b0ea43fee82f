import type { WantedReference } from '../../definition.ts';
import type { WrittenReference } from '../schema/fields.ts';
import type { PkiConfig } from '../schema/schema.ts';

/** The objects that a configuration names: `auth` the Secret with the credential, `tls.ca` the roots, `tls.client` the client certificate. */
export function pkiReferences({ auth, tls }: PkiConfig): readonly WantedReference[] {
  return [
    ...wanted('auth', 'Secret', 'auth.secretRef', auth.secretRef),
    ...wanted('tls.ca', 'Secret', 'tls.caSecretRef', tls.caSecretRef),
    ...wanted('tls.ca', 'ConfigMap', 'tls.caConfigMapRef', tls.caConfigMapRef),
    ...wanted('tls.client', 'Secret', 'tls.clientCertSecretRef', tls.clientCertSecretRef),
  ];
}

function wanted(
  id: string,
  kind: WantedReference['kind'],
  field: string,
  written: WrittenReference | undefined,
): readonly WantedReference[] {
  if (written === undefined) return [];
  const { name, namespace } = written;
  return [{ id, kind, field, name, ...(namespace === undefined ? {} : { namespace }) }];
}
