import { isKubeError } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { keyOf, keyText, resourcePath, type KubeObject, type ObjectKey, type Resource } from '../../../src/kube/resource.ts';
import { eventually } from './eventually.ts';

/** A client that knows what it made. */
export interface TidyClient {
  readonly client: KubeClient;
  /** Deletes all of it, the newest first, and waits until it is gone, so that the next run can make it again. */
  removeAll(): Promise<void>;
}

interface Made {
  readonly resource: Resource<KubeObject>;
  readonly key: ObjectKey;
}

const isNotFound = (error: unknown): boolean => isKubeError(error, 'NotFound');

/** Wraps the administrator's client, for a cluster that is to be left as it was. What is there already is not touched. */
export function createTidyClient(inner: KubeClient): TidyClient {
  const made = new Map<string, Made>();
  const namespaces = new Set<string>();

  function remember(resource: Resource<KubeObject>, key: ObjectKey): void {
    // What is in a namespace goes with it.
    if (key.namespace !== undefined && namespaces.has(key.namespace)) return;
    made.set(resourcePath(resource, key), { resource, key });
    if (resource.plural === 'namespaces') namespaces.add(key.name);
  }

  async function exists({ resource, key }: Made): Promise<boolean> {
    return await inner.get(resource, key).then(
      () => true,
      (error: unknown) => (isNotFound(error) ? false : Promise.reject(error)),
    );
  }

  /** @throws where the object is someone else's, which the test would change and at the end remove. */
  async function claim(resource: Resource<KubeObject>, key: ObjectKey): Promise<void> {
    if (made.has(resourcePath(resource, key)) || namespaces.has(key.namespace ?? '')) return;
    if (await exists({ resource, key })) {
      throw new Error(
        `the cluster has ${resource.kind} ${keyText(key)} already, which the tests make and remove: delete it first`,
      );
    }
    remember(resource, key);
  }

  return {
    client: {
      ...inner,
      async create(resource, object, call) {
        const created = await inner.create(resource, object, call);
        if (call?.subresource === undefined) remember(resource, keyOf(created));
        return created;
      },
      async apply(resource, object, options) {
        if (options.subresource === undefined) await claim(resource, keyOf(object));
        return await inner.apply(resource, object, options);
      },
    },
    async removeAll() {
      const all = [...made.values()].toReversed();
      for (const { resource, key } of all) {
        await inner.delete(resource, key).catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)));
      }
      for (const one of all) {
        await eventually(`${one.resource.kind} ${keyText(one.key)} is gone`, async () => !(await exists(one)), 120_000);
      }
    },
  };
}
