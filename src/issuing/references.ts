import { configMaps, secrets, type ConfigMap, type Secret } from '../api/resources.ts';
import { isKubeError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { ReferencedData } from '../signers/signer.ts';

/** A Secret or ConfigMap that an issuer names. */
export interface Reference {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
  /** The field that names it: `spec.authSecretRef`. */
  readonly field: string;
}

/** What a reference led to, with the version that was read, so that a later change is known as one. */
export interface Referenced extends ReferencedData {
  readonly resourceVersion: string;
}

/** Why a referenced object cannot be used. */
export interface ReferenceProblem {
  readonly code: 'ReferenceNotFound' | 'ReferenceForbidden' | 'ConfigError';
  readonly message: string;
  /** The version that was found, '' where there is no such object; absent where it may not be seen. */
  readonly resourceVersion?: string;
}

/** Reads a referenced object; rejects with a KubeApiError only where the API server gives no answer. */
export type ReadReference = (reference: Reference, signal: AbortSignal) => Promise<Result<Referenced, ReferenceProblem>>;

/** A Secret in words: `Secret "ca" in namespace "pki"`. */
function referenceWords({ kind, name, namespace }: Reference): string {
  return `${kind} "${name}" in namespace "${namespace}"`;
}

/**
 * Secrets that are never read for an issuer: they are credentials to the cluster itself, and whoever may write an
 * issuer must not get the controller to use them.
 */
const refusedSecretTypes: ReadonlySet<string> = new Set([
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
]);

/** Makes the reader: one `get` by name for each reading, nothing cached. */
export function createReferenceReader(client: Pick<KubeClient, 'get'>): ReadReference {
  return async (reference, signal) => {
    const { kind, namespace, name } = reference;
    try {
      if (kind === 'Secret') return secretData(reference, await client.get(secrets, { namespace, name }, { signal }));
      return ok(configMapData(reference, await client.get(configMaps, { namespace, name }, { signal })));
    } catch (error) {
      const problem = problemOf(reference, error);
      if (problem === undefined) throw error;
      return err(problem);
    }
  };
}

function problemOf(reference: Reference, error: unknown): ReferenceProblem | undefined {
  const words = referenceWords(reference);
  if (isKubeError(error, 'NotFound')) {
    return {
      code: 'ReferenceNotFound',
      resourceVersion: '',
      message: `${reference.field} names ${words}, which does not exist. Create it; the issuer is checked as soon as it is there.`,
    };
  }
  if (isKubeError(error, 'Forbidden')) {
    const plural = reference.kind === 'Secret' ? 'secrets' : 'configmaps';
    return {
      code: 'ReferenceForbidden',
      message:
        `The controller may not read ${words}, which ${reference.field} names. Bind a Role with the verbs get, list and watch ` +
        `on ${plural} to its ServiceAccount in that namespace, such as ClusterRole external-issuer-refs-reader by a RoleBinding.`,
    };
  }
  return undefined;
}

function secretData(reference: Reference, secret: Secret): Result<Referenced, ReferenceProblem> {
  if (secret.type !== undefined && refusedSecretTypes.has(secret.type)) {
    const message = `${reference.field} names ${referenceWords(reference)} of type ${secret.type}, which is never used for an issuer. Put the credential into a Secret of type Opaque.`;
    return err({ code: 'ConfigError', message, resourceVersion: secret.metadata.resourceVersion ?? '' });
  }
  return ok(referenced(reference, secret.metadata.resourceVersion, decoded(secret.data)));
}

function configMapData(reference: Reference, map: ConfigMap): Referenced {
  const text = Object.entries(map.data ?? {}).map(([key, value]): [string, Uint8Array] => [key, Buffer.from(value, 'utf8')]);
  return referenced(reference, map.metadata.resourceVersion, [...decoded(map.binaryData), ...text]);
}

function decoded(data: Readonly<Record<string, string>> | undefined): [string, Uint8Array][] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
}

function referenced(reference: Reference, resourceVersion: string | undefined, data: [string, Uint8Array][]): Referenced {
  return { where: referenceWords(reference), data: new Map(data), resourceVersion: resourceVersion ?? '' };
}
