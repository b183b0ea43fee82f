import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { Condition } from '../../src/api/conditions.ts';
import { certificateRequests } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ObjectKey, Resource } from '../../src/kube/resource.ts';

/**
 * cert-manager's Certificate, as far as the demo reads it.
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate
 */
export interface CertificateResource extends KubeObject {
  readonly spec: { readonly secretName: string };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    /** How often the certificate has been issued. */
    readonly revision?: number;
  };
}

export const certificates: Resource<CertificateResource> = {
  group: 'cert-manager.io',
  version: 'v1',
  kind: 'Certificate',
  plural: 'certificates',
  namespaced: true,
};

/** Who wrote which fields of an object, as the API server keeps it. */
interface Manager {
  readonly manager?: string;
  readonly fieldsV1?: unknown;
}

/**
 * The request that cert-manager made for one issuance of a Certificate.
 * @param revision counts the issuances, from 1.
 */
export async function requestOf(client: KubeClient, certificate: ObjectKey, revision: number): Promise<CertificateRequest> {
  const { items } = await client.list(certificateRequests, { namespace: certificate.namespace ?? '' });
  const wanted = {
    'cert-manager.io/certificate-name': certificate.name,
    'cert-manager.io/certificate-revision': `${revision}`,
  };
  const found = items.find(({ metadata: { annotations = {} } }) =>
    Object.entries(wanted).every(([name, value]) => annotations[name] === value),
  );
  if (found === undefined) throw new Error(`there is no CertificateRequest for revision ${revision} of ${certificate.name}`);
  return found;
}

/**
 * Who wrote a field, by the API server's own records (`metadata.managedFields`).
 * @param path the field as managedFields names it: `['f:status', 'f:certificate']`.
 */
export function writerOf(object: KubeObject, path: readonly string[]): string | undefined {
  const managers = (object.metadata as { readonly managedFields?: readonly Manager[] }).managedFields ?? [];
  return managers.find(({ fieldsV1 }) => hasPath(fieldsV1, path))?.manager;
}

function hasPath(fields: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  if (typeof fields !== 'object' || fields === null || !(first in fields)) return false;
  return hasPath(Reflect.get(fields, first), rest);
}
