import { KubeApiError } from './api-error.ts';
import {
  apiVersionOf,
  keyText,
  resourcePath,
  type KubeList,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from './resource.ts';
import type { Transport } from './transport.ts';

/** Which objects a list or a watch covers. */
export interface Selection {
  readonly namespace?: string;
  readonly fieldSelector?: string;
  /** Only metadata is sent: for objects whose content must not be held, such as Secrets. */
  readonly metadataOnly?: boolean;
}

/** One change on a watch. `BOOKMARK` carries only a resourceVersion; `ERROR` carries a Status. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** Where a watch starts and how long the server keeps it open, in seconds; `onOpen` is called when the server has begun it. */
export type WatchOptions = Selection &
  Call & { readonly resourceVersion: string; readonly timeoutSeconds: number; readonly onOpen?: (() => void) | undefined };

/** Which objects, at most how many of them, and from where on; the server decides what it leaves out. */
export type ListOptions = Selection & Call & { readonly limit?: number; readonly continue?: string | undefined };

type ListAnswer<T> = { readonly metadata?: KubeList<T>['metadata']; readonly items?: readonly T[] | null } | null;

interface Call {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The verbs of the Kubernetes API that this project uses. Every method rejects with a {@link KubeApiError}, or with the
 * reason of its signal when that is aborted.
 */
export interface KubeClient {
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, call?: Call): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options: ListOptions): Promise<KubeList<T>>;
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, call?: Call & { readonly subresource?: string }): Promise<T>;
  replace<T extends KubeObject>(resource: Resource<T>, object: T, call?: Call & { readonly subresource?: string }): Promise<T>;
  /** Server-side apply of `object` by `fieldManager`, forced; with `metadata.resourceVersion` set it is fenced by it. */
  apply<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: Call & { readonly fieldManager: string; readonly subresource?: string },
  ): Promise<T>;
  /** JSON merge patch (RFC 7386). */
  mergePatch<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, patch: unknown, call?: Call): Promise<T>;
  delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, call?: Call): Promise<void>;
}

/** Makes a client that talks JSON over `transport`. */
export function createKubeClient(transport: Transport): KubeClient {
  return {
    async *watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
      const what = describe('watch', resource, options);
      const lines = transport.lines({
        what,
        method: 'GET',
        path: resourcePath(resource, options),
        query: {
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: options.resourceVersion,
          timeoutSeconds: options.timeoutSeconds,
          fieldSelector: options.fieldSelector,
        },
        accept: acceptOf('PartialObjectMetadata', options),
        // The server sends a bookmark about once a minute: a stream silent for longer has lost its other end.
        bodyTimeoutMs: 150_000,
        onOpen: options.onOpen,
        signal: options.signal,
      });
      for await (const line of lines) yield parseEvent(what, line) as WatchEvent<T>;
    },
    get: (resource, key, call) =>
      transport.json({ what: describe('get', resource, key), method: 'GET', path: resourcePath(resource, key), ...call }),
    async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions): Promise<KubeList<T>> {
      const what = describe('list', resource, options);
      const { fieldSelector, limit, signal } = options;
      const list = await transport.json<ListAnswer<T>>({
        what,
        method: 'GET',
        path: resourcePath(resource, options),
        query: { fieldSelector, limit, continue: options.continue },
        accept: acceptOf('PartialObjectMetadataList', options),
        signal,
      });
      // An API server may write no items as null; without the field it is something else that must not pass for an empty list.
      if (list?.items === undefined || list.metadata === undefined) {
        throw new KubeApiError('Other', 200, `${what}: the answer is not a list`);
      }
      return { metadata: list.metadata, items: list.items ?? [] };
    },
    create: (resource, object, call) =>
      transport.json({
        what: describe('create', resource, object.metadata),
        method: 'POST',
        path: resourcePath(
          resource,
          call?.subresource === undefined ? namespaceOf(object.metadata) : object.metadata,
          call?.subresource,
        ),
        body: typed(resource, object),
        signal: call?.signal,
      }),
    replace: (resource, object, call) =>
      transport.json({
        what: describe('update', resource, object.metadata, call?.subresource),
        method: 'PUT',
        path: resourcePath(resource, object.metadata, call?.subresource),
        body: typed(resource, object),
        signal: call?.signal,
      }),
    apply: (resource, object, options) =>
      transport.json({
        what: describe('apply', resource, object.metadata, options.subresource),
        method: 'PATCH',
        path: resourcePath(resource, object.metadata, options.subresource),
        query: { fieldManager: options.fieldManager, force: true },
        contentType: 'application/apply-patch+yaml',
        body: typed(resource, object),
        signal: options.signal,
      }),
    mergePatch: (resource, key, patch, call) =>
      transport.json({
        what: describe('patch', resource, key),
        method: 'PATCH',
        path: resourcePath(resource, key),
        contentType: 'application/merge-patch+json',
        body: patch,
        ...call,
      }),
    delete: async (resource, key, call) => {
      await transport.json({
        what: describe('delete', resource, key),
        method: 'DELETE',
        path: resourcePath(resource, key),
        ...call,
      });
    },
  };
}

/** What a subresource takes may be of another kind than its object and says so, as a TokenRequest does. */
function typed<T extends KubeObject>(resource: Resource<T>, object: T): T {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

function parseEvent(what: string, line: string): unknown {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) return event;
  } catch {
    // The parser's message quotes the line, which may be a Secret.
  }
  throw new KubeApiError('Other', 200, `${what}: a line of the answer is not a watch event`);
}

function namespaceOf(key: Partial<ObjectKey>): Partial<ObjectKey> {
  return key.namespace === undefined ? {} : { namespace: key.namespace };
}

function acceptOf(kind: string, selection: Selection): string {
  return selection.metadataOnly === true ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : 'application/json';
}

function describe(verb: string, resource: Resource<KubeObject>, key: Partial<ObjectKey>, subresource?: string): string {
  const name = key.name === undefined ? '' : ` ${keyText({ ...key, name: key.name })}`;
  const place = key.name === undefined && key.namespace !== undefined ? ` in namespace ${key.namespace}` : '';
  return `${verb} ${resource.plural}${subresource === undefined ? '' : `/${subresource}`}${name}${place}`;
}
