import type { Condition } from '../../../../src/api/conditions.ts';
import type { CertificateSigningRequest } from '../../../../src/api/signing-request.ts';
import { KubeApiError } from '../../../../src/kube/api-error.ts';
import type { KubeClient, ListOptions } from '../../../../src/kube/client.ts';
import { keyText, type KubeObject, type ObjectKey, type Resource } from '../../../../src/kube/resource.ts';
import { csrPem, requestField } from '../../issuing/support/views.ts';

/** What an API server answers; each may throw. What is not scripted is not there, and may not be done. */
export interface Script {
  /** `certificatesigningrequests/jane`, `secrets/team-a/web-tls`. */
  readonly get?: (path: string) => object;
  readonly list?: (path: string, options: ListOptions) => readonly object[];
  readonly create?: (plural: string, object: object) => object;
  readonly replace?: (path: string, object: object) => object;
}

export type ScriptedClient = Pick<KubeClient, 'create' | 'get' | 'list' | 'replace'>;

/** A client of such a server. */
export function scriptedClient({ get, list, create, replace }: Script): ScriptedClient {
  const pathOf = ({ plural }: Resource<KubeObject>, key: ObjectKey): string => `${plural}/${keyText(key)}`;
  const answer = async <T>(make: () => object | undefined, what: string): Promise<T> => {
    await Promise.resolve();
    const found = make();
    if (found === undefined) throw notFound(what);
    return found as T;
  };
  return {
    get: async (resource, key) => await answer(() => get?.(pathOf(resource, key)), pathOf(resource, key)),
    list: async (resource, options) => {
      const path = options.namespace === undefined ? resource.plural : `${resource.plural}/${options.namespace}`;
      return await answer(() => ({ metadata: {}, items: list?.(path, options) ?? [] }), path);
    },
    create: async (resource, object) => await answer(() => create?.(resource.plural, object), resource.plural),
    replace: async (resource, object, call) => {
      const path = `${pathOf(resource, object.metadata)}${call?.subresource === undefined ? '' : `/${call.subresource}`}`;
      return await answer(() => replace?.(path, object), path);
    },
  };
}

export function notFound(what: string): KubeApiError {
  return new KubeApiError('NotFound', 404, `get ${what}: not found`);
}

export function forbidden(message: string): KubeApiError {
  return new KubeApiError('Forbidden', 403, message);
}

/** A request of jane's for a client certificate, which nobody has decided. */
export function signingRequest(
  status: CertificateSigningRequest['status'] = {},
  overrides: Partial<CertificateSigningRequest['spec']> = {},
  metadata: Partial<CertificateSigningRequest['metadata']> = {},
): CertificateSigningRequest {
  return {
    metadata: { name: 'jane', uid: 'uid-1', resourceVersion: '1', creationTimestamp: '2027-01-15T08:00:00Z', ...metadata },
    spec: {
      request: requestField(csrPem),
      signerName: 'externalclusterissuers.external-issuer.io/ca',
      usages: ['digital signature', 'client auth'],
      username: 'jane',
      groups: ['developers'],
      ...overrides,
    },
    status,
  };
}

/** A condition that holds since the time of these tests. */
export function holds(type: string, reason: string, message: string): Condition {
  return { type, status: 'True', reason, message, lastTransitionTime: '2027-01-15T08:00:00Z' };
}
