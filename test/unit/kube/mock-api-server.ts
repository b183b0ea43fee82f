import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { apiVersionOf, type KubeObject, type Resource } from '../../../src/kube/resource.ts';
import { createMockCluster, rootOf, statusBody, type MockCluster } from './support/mock-cluster.ts';

/** A request as the server got it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a scripted answer does instead of the server; one that writes nothing leaves the client waiting. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/**
 * An API server in this process, over real HTTP: it holds objects, lists them in pages, sends watch events, and can be
 * told to misbehave. `put` and `remove` are what somebody else does to the objects.
 */
export interface MockApiServer extends Pick<MockCluster, 'put' | 'remove'> {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** TCP connections that were ever opened. */
  readonly connections: number;
  readonly openWatches: number;
  /** Something else changes in the cluster and every open watch gets a bookmark; gives its resourceVersion. */
  bookmark(): string;
  /** Forgets the past: whoever watches or pages from before now gets 410. */
  compact(): void;
  /** Ends all open watches: politely, by a TCP reset, or in the middle of an event. */
  cut(how: 'end' | 'reset' | 'half line'): void;
  /** The next `times` requests that match are answered by `answer`. */
  script(match: (request: SeenRequest) => boolean, answer: Answer, times?: number): void;
  close(): Promise<void>;
}

export const isWatch = ({ query }: SeenRequest): boolean => query['watch'] === 'true';
export const isList = ({ method, query }: SeenRequest): boolean => method === 'GET' && query['watch'] !== 'true';

/** An answer that is a Kubernetes Status. */
export function status(code: number, reason: string, headers: Record<string, string> = {}): Answer {
  return (response) => answerJson(response, code, statusBody(code, reason), headers);
}

/** A watch that the server answers with these events and then ends. */
export function events(...all: readonly object[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (const event of all) send(response, event);
    response.end();
  };
}

/** The event by which a watch is told that its place is too old. */
export const expired = { type: 'ERROR', object: statusBody(410, 'Expired') };

/** Starts a server for these kinds on a free port of 127.0.0.1. */
export async function startMockApiServer(kinds: readonly Resource<KubeObject>[]): Promise<MockApiServer> {
  const seen: SeenRequest[] = [];
  const scripts: { match: (request: SeenRequest) => boolean; answer: Answer; left: number }[] = [];
  const watches = new Map<ServerResponse, string>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const cluster = createMockCluster(({ root, event }) => {
    for (const [response, watched] of watches) if (watched === root) send(response, event);
  });

  function watch(root: string, request: SeenRequest, response: ServerResponse): void {
    const missed = cluster.since(root, Number(request.query['resourceVersion']));
    if (missed === undefined) return events(expired)(response, request);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const { event } of missed) send(response, event);
    watches.set(response, root);
    response.on('close', () => watches.delete(response));
  }

  function serveObject(
    kind: Resource<KubeObject>,
    request: SeenRequest,
    name: string | undefined,
    response: ServerResponse,
  ): void {
    const { method, headers } = request;
    const body = request.body === '' ? undefined : (JSON.parse(request.body) as KubeObject);
    const namespace = /\/namespaces\/([^/]+)/.exec(request.path)?.[1];
    const key = { ...(namespace === undefined ? {} : { namespace }), name: name ?? body?.metadata.name ?? '' };
    const known = cluster.get(kind, key);
    const creates = method === 'POST' || headers['content-type']?.startsWith('application/apply-patch') === true;
    if (method === 'POST' && known !== undefined) return answerJson(response, 409, statusBody(409, 'AlreadyExists'));
    if (!creates && known === undefined) return answerJson(response, 404, statusBody(404, 'NotFound'));
    if (method === 'GET') return answerJson(response, 200, known);
    if (method === 'DELETE') {
      cluster.remove(kind, key);
      return answerJson(response, 200, statusBody(200, ''));
    }
    const fence = body?.metadata?.resourceVersion;
    if (fence !== undefined && fence !== known?.metadata.resourceVersion) {
      return answerJson(response, 409, statusBody(409, 'Conflict'));
    }
    const written = cluster.put(kind, { ...body, metadata: { ...body?.metadata, ...key } });
    answerJson(response, method === 'POST' ? 201 : 200, written);
  }

  function serve(request: SeenRequest, response: ServerResponse): void {
    const scripted = scripts.find(({ match, left }) => left > 0 && match(request));
    if (scripted !== undefined) {
      scripted.left -= 1;
      return scripted.answer(response, request);
    }
    const group = kinds.filter((kind) => rootOf(kind) === `${request.path}/${kind.plural}`);
    if (group.length > 0) return answerJson(response, 200, discovery(group));
    const plain = request.path.replace(/\/namespaces\/[^/]+/, '');
    const kind = kinds.find((one) => `${plain}/`.startsWith(`${rootOf(one)}/`));
    if (kind === undefined) return answerJson(response, 404, '404 page not found');
    const name = plain.slice(rootOf(kind).length + 1).split('/')[0];
    if (name || request.method !== 'GET') {
      return serveObject(kind, request, name ? decodeURIComponent(name) : undefined, response);
    }
    if (isWatch(request)) return watch(rootOf(kind), request, response);
    const { code, body } = cluster.page(kind, request.query);
    answerJson(response, code, body);
  }

  const server = createServer((incoming, response) => {
    void readRequest(incoming).then((request) => {
      seen.push(request);
      serve(request, response);
    });
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    get connections() {
      return connections;
    },
    get openWatches() {
      return watches.size;
    },
    put: cluster.put,
    remove: cluster.remove,
    bookmark() {
      const resourceVersion = String(cluster.tick());
      for (const response of watches.keys()) send(response, { type: 'BOOKMARK', object: { metadata: { resourceVersion } } });
      return resourceVersion;
    },
    compact: cluster.forgetPast,
    cut(how) {
      for (const response of watches.keys()) {
        if (how === 'half line') response.write('{"type":"MODIFIED","object":{"metadata":{"na');
        if (how === 'reset') response.socket?.resetAndDestroy();
        else response.end();
      }
      watches.clear();
    },
    script: (match, answer, times = 1) => void scripts.push({ match, answer, left: times }),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(incoming.url ?? '/', 'http://mock');
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers,
    body: await text(incoming),
  };
}

function answerJson(response: ServerResponse, code: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function send(response: ServerResponse, event: object): void {
  response.write(`${JSON.stringify(event)}\n`);
}

function discovery(group: readonly Resource<KubeObject>[]): object {
  const [first] = group;
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  return {
    kind: 'APIResourceList',
    groupVersion: first === undefined ? '' : apiVersionOf(first),
    resources: group.map(({ plural, kind, namespaced }) => ({ name: plural, singularName: '', kind, namespaced, verbs })),
  };
}
