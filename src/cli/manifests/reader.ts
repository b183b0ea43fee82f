import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { nearestKey } from '../../lib/nearest-key.ts';
import { err, type Result } from '../../lib/result.ts';
import {
  createReferenceReader,
  type ReadReference,
  type Reference,
  type Referenced,
  type ReferenceProblem,
} from '../../issuing/references.ts';
import type { Manifests, Placed } from '../manifests.ts';

/** Which of the manifests' objects were read, by their places. */
export interface ManifestReader {
  readonly read: ReadReference;
  readonly used: ReadonlySet<string>;
}

/**
 * Reads references from the files, by the controller's own reader. An object without a namespace is taken to be where
 * it is looked for: `kubectl apply --namespace` would put it there.
 */
export function createManifestReader({ configMaps, secrets, files }: Manifests): ManifestReader {
  const used = new Set<string>();
  const objectsOf = (kind: string): readonly Placed<KubeObject>[] => (kind === 'Secret' ? secrets : configMaps);
  const get: KubeClient['get'] = async (resource, { namespace, name }) => {
    const named = objectsOf(resource.kind).filter(({ object }) => object.metadata.name === name);
    const found =
      named.find(({ object }) => object.metadata.namespace === namespace) ??
      named.find(({ object }) => object.metadata.namespace === undefined);
    if (found === undefined) throw new KubeApiError('NotFound', 404, 'not among the files');
    used.add(found.place);
    // The files hold the kinds that are asked for, and nothing else is ever asked for.
    return found.object as never;
  };
  const read = createReferenceReader({ get });
  return {
    used,
    async read(reference, signal) {
      const result = await read(reference, signal);
      return result.ok || result.error.code !== 'ReferenceNotFound' ? result : missing(reference, objectsOf, files);
    },
  };
}

function missing(
  { kind, namespace, name, field }: Reference,
  objectsOf: (kind: string) => readonly Placed<KubeObject>[],
  files: readonly string[],
): Result<Referenced, ReferenceProblem> {
  const elsewhere = objectsOf(kind).find(({ object }) => object.metadata.name === name);
  const otherKind = kind === 'Secret' ? 'ConfigMap' : 'Secret';
  const asOther = objectsOf(otherKind).find(({ object }) => object.metadata.name === name);
  const meant = nearestKey(
    name,
    objectsOf(kind).map(({ object }) => object.metadata.name),
  );
  let advice = `add the file that has it with -f`;
  if (elsewhere !== undefined) {
    advice =
      `the one of that name at ${elsewhere.place} is in namespace "${elsewhere.object.metadata.namespace}"; an ExternalIssuer refers ` +
      'to its own namespace only, an ExternalClusterIssuer to the one of --cluster-resource-namespace';
  } else if (asOther !== undefined) advice = `there is a ${otherKind} of that name at ${asOther.place}; make it a ${kind}`;
  else if (meant !== undefined) advice = `did you mean "${meant}"?`;
  const message = `${field} names ${kind} "${name}" in namespace "${namespace}", which is not in ${files.join(', ')}; ${advice}`;
  return err({ code: 'ReferenceNotFound', resourceVersion: '', message });
}
