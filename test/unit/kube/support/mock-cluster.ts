import { apiVersionOf, keyText, type KubeObject, type ObjectKey, type Resource } from '../../../../src/kube/resource.ts';

/** One change, as a watch tells it. */
export interface Change {
  readonly version: number;
  /** The collection's path without a namespace, see {@link rootOf}. */
  readonly root: string;
  readonly event: { readonly type: string; readonly object: KubeObject };
}

/** What an API server would answer: an HTTP status and a body. */
export interface Reply {
  readonly code: number;
  readonly body: unknown;
}

/** The objects of a cluster and their history, without the HTTP. */
export interface MockCluster {
  put(resource: Resource<KubeObject>, object: KubeObject): KubeObject;
  remove(resource: Resource<KubeObject>, key: ObjectKey): void;
  get(resource: Resource<KubeObject>, key: ObjectKey): KubeObject | undefined;
  page(resource: Resource<KubeObject>, query: Readonly<Record<string, string>>): Reply;
  /** The changes of a collection after a version; undefined where that is forgotten. */
  since(root: string, version: number): readonly Change[] | undefined;
  /** Something else changes: gives the new version. */
  tick(): number;
  forgetPast(): void;
}

/** Makes an empty cluster that tells `onChange` what changes. */
export function createMockCluster(onChange: (change: Change) => void): MockCluster {
  const stored = new Map<string, Map<string, KubeObject>>();
  const history: Change[] = [];
  let version = 1000;
  let oldest = 0;

  function objectsOf(resource: Resource<KubeObject>): Map<string, KubeObject> {
    const root = rootOf(resource);
    const objects = stored.get(root) ?? new Map<string, KubeObject>();
    stored.set(root, objects);
    return objects;
  }

  function record(resource: Resource<KubeObject>, type: string, object: KubeObject): KubeObject {
    version += 1;
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const change = { version, root: rootOf(resource), event: { type, object: versioned } };
    history.push(change);
    onChange(change);
    return versioned;
  }

  return {
    put(resource, object) {
      const objects = objectsOf(resource);
      const key = keyText(object.metadata);
      const known = objects.get(key);
      const uid = object.metadata.uid ?? known?.metadata.uid ?? `uid-${version}`;
      const metadata = { ...known?.metadata, ...object.metadata, uid };
      const whole = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...known, ...object, metadata };
      const written = record(resource, known === undefined ? 'ADDED' : 'MODIFIED', whole);
      objects.set(key, written);
      return written;
    },
    remove(resource, key) {
      const objects = objectsOf(resource);
      const object = objects.get(keyText(key));
      if (object === undefined) return;
      objects.delete(keyText(key));
      record(resource, 'DELETED', object);
    },
    get: (resource, key) => objectsOf(resource).get(keyText(key)),
    page(resource, query) {
      const [at = '', after = ''] = query['continue']?.split('~') ?? [String(version)];
      if (Number(at) < oldest) return { code: 410, body: statusBody(410, 'Expired') };
      const limit = Number(query['limit'] ?? Infinity);
      const rest = [...objectsOf(resource)].filter(([key]) => key > after).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const page = rest.slice(0, limit);
      const metadata = {
        resourceVersion: at,
        continue: rest.length > limit ? `${at}~${page.at(-1)?.[0]}` : '',
        ...(rest.length > limit ? { remainingItemCount: rest.length - limit } : {}),
      };
      const items = page.map(([, object]) => object);
      return { code: 200, body: { apiVersion: apiVersionOf(resource), kind: `${resource.kind}List`, metadata, items } };
    },
    since: (root, from) =>
      from < oldest ? undefined : history.filter((change) => change.root === root && change.version > from),
    tick: () => (version += 1),
    forgetPast() {
      version += 1;
      oldest = version;
    },
  };
}

/** The path of all objects of a kind. */
export function rootOf(resource: Resource<KubeObject>): string {
  return `${resource.group === '' ? '/api' : '/apis'}/${apiVersionOf(resource)}/${resource.plural}`;
}

/** A Kubernetes Status. */
export function statusBody(code: number, reason: string): object {
  const message = `the mock says ${reason}`;
  return { apiVersion: 'v1', kind: 'Status', status: code < 400 ? 'Success' : 'Failure', code, reason, message };
}
