import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { isKubeError } from '../../../src/kube/api-error.ts';
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import type { Answer, SeenRequest } from './mock-api-server.ts';
import { collect, startSetting, until, widget, widgets } from './support/api-client.ts';
import { createFakeClock } from './support/fake-clock.ts';

const nodes: Resource<KubeObject> = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };
const accounts: Resource<KubeObject> = { ...nodes, kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true };
const key = { namespace: 'default', name: 'a' };
const one = '/apis/example.com/v1/namespaces/default/widgets';

const json: Answer = (response) => void response.end('{"metadata":{"resourceVersion":"1"},"items":[]}');
const never: Answer = () => undefined;
const any = (): boolean => true;

interface Call {
  readonly name: string;
  readonly call: (client: KubeClient) => Promise<unknown>;
  /** Method, path, query, content type of what must be sent. */
  readonly sent: readonly [string, string, Record<string, string>?, string?];
  readonly accept?: string;
  readonly body?: unknown;
}

const typed = { apiVersion: 'example.com/v1', kind: 'Widget', ...widget('a') };
const metadataOnly = (kind: string): string => `application/json;as=${kind};g=meta.k8s.io;v=v1`;
const watchQuery = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '7', timeoutSeconds: '300' };

const calls: readonly Call[] = [
  { name: 'get', call: (client) => client.get(widgets, key), sent: ['GET', `${one}/a`] },
  { name: 'get of a cluster-scoped object', call: (client) => client.get(nodes, key), sent: ['GET', '/api/v1/nodes/a'] },
  {
    name: 'get of a name that must be escaped',
    call: (client) => client.get(widgets, { namespace: 'a/b', name: '../c?d=e#f%2F ü' }),
    sent: ['GET', '/apis/example.com/v1/namespaces/a%2Fb/widgets/..%2Fc%3Fd%3De%23f%252F%20%C3%BC'],
  },
  { name: 'list of all', call: (client) => client.list(widgets, {}), sent: ['GET', '/apis/example.com/v1/widgets'] },
  {
    name: 'list of a page',
    call: (client) =>
      client.list(widgets, {
        namespace: 'default',
        fieldSelector: 'a=b&c,d!=e',
        limit: 5,
        continue: 'x+/=',
        metadataOnly: true,
      }),
    sent: ['GET', one, { fieldSelector: 'a=b&c,d!=e', limit: '5', continue: 'x+/=' }],
    accept: metadataOnly('PartialObjectMetadataList'),
  },
  {
    name: 'watch',
    call: (client) => collect(client.watch(widgets, { resourceVersion: '7', timeoutSeconds: 300, metadataOnly: true })),
    sent: ['GET', '/apis/example.com/v1/widgets', watchQuery],
    accept: metadataOnly('PartialObjectMetadata'),
  },
  {
    name: 'create',
    call: (client) => client.create(widgets, widget('a')),
    sent: ['POST', one, {}, 'application/json'],
    body: typed,
  },
  {
    name: 'create of a subresource of another kind',
    call: (client) =>
      client.create(accounts, { apiVersion: 'auth/v1', kind: 'TokenRequest', metadata: key }, { subresource: 'token' }),
    sent: ['POST', '/api/v1/namespaces/default/serviceaccounts/a/token', {}, 'application/json'],
    body: { apiVersion: 'auth/v1', kind: 'TokenRequest', metadata: key },
  },
  {
    name: 'replace',
    call: (client) => client.replace(widgets, widget('a')),
    sent: ['PUT', `${one}/a`, {}, 'application/json'],
    body: typed,
  },
  {
    name: 'apply',
    call: (client) => client.apply(widgets, widget('a'), { fieldManager: 'me & you', subresource: 'status' }),
    sent: ['PATCH', `${one}/a/status`, { fieldManager: 'me & you', force: 'true' }, 'application/apply-patch+yaml'],
    body: typed,
  },
  {
    name: 'mergePatch',
    call: (client) => client.mergePatch(widgets, key, { spec: null }),
    sent: ['PATCH', `${one}/a`, {}, 'application/merge-patch+json'],
    body: { spec: null },
  },
  { name: 'delete', call: (client) => client.delete(widgets, key), sent: ['DELETE', `${one}/a`] },
];

describe('the client sends', () => {
  for (const { name, call, sent, accept, body } of calls) {
    test(`${name} as ${sent[0]} ${sent[1]}`, async (t) => {
      const { server, client } = await startSetting(t);
      server.script(any, json);
      // The scripted answer is no watch event, which does not matter here.
      await call(client).catch((error: unknown) => assert.match(String(error), /is not a watch event/));
      const [request] = server.seen as [SeenRequest];
      const [method, path, query = {}, contentType] = sent;
      assert.deepEqual([request.method, request.path, request.query], [method, path, query]);
      assert.equal(request.headers['content-type'], contentType);
      assert.equal(request.headers.accept, accept ?? 'application/json');
      assert.equal(request.headers.authorization, 'Bearer token-1');
      assert.equal(request.headers['user-agent'], 'test/1');
      if (body === undefined) assert.equal(request.body, '');
      else assert.deepEqual(JSON.parse(request.body), body);
    });
  }

  for (const name of ['', '.', '..']) {
    test(`nothing for an object named "${name}", which would lead to another resource`, async (t) => {
      const { server, client } = await startSetting(t);
      const calling = [
        client.get(widgets, { ...key, name }),
        client.get(widgets, { namespace: name, name: 'a' }),
        client.apply(widgets, widget(name), { fieldManager: 'me', subresource: 'status' }),
        client.delete(widgets, { ...key, name }),
      ];
      for (const each of calling) await assert.rejects(each, (error) => isKubeError(error, 'NotFound'));
      assert.deepEqual(server.seen, []);
    });
  }
});

describe('the client', () => {
  test('keeps one connection for requests that follow each other, and leaves nothing on their signal', async (t) => {
    const { server, client } = await startSetting(t);
    server.put(widgets, widget('a'));
    const { signal } = new AbortController();
    for (let request = 0; request < 30; request += 1) await client.get(widgets, key, { signal });
    // The second is opened where a request comes before the first connection has been put back.
    assert.ok(server.connections <= 2);
    assert.ok(getEventListeners(signal, 'abort').length <= 1);
  });

  test('ends a watch whose caller has seen enough', async (t) => {
    const { server, client } = await startSetting(t);
    server.put(widgets, widget('a'));
    for await (const event of client.watch(widgets, { resourceVersion: '1', timeoutSeconds: 9 })) {
      assert.equal(event.object.metadata.name, 'a');
      break;
    }
    await until('the watch to end', () => server.openWatches === 0);
  });

  test('ends a stream that is silent for too long as if the server had ended it', async (t) => {
    const { server, transport } = await startSetting(t);
    server.put(widgets, widget('a'));
    const query = { watch: true, resourceVersion: 1 };
    const stream = transport.lines({
      what: 'watch',
      method: 'GET',
      path: '/apis/example.com/v1/widgets',
      query,
      bodyTimeoutMs: 50,
    });
    assert.equal((await collect(stream)).length, 1);
  });

  test('gives up at once with the reason of its signal, whatever it waits for', async (t) => {
    const reason = new Error('enough');
    const hanging = await startSetting(t, { authorization: async () => await new Promise<never>(() => undefined) });
    const { server, client } = await startSetting(t);
    server.script(any, never, 2);
    const tries: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => client.get(widgets, key, { signal }),
      (signal) => collect(client.watch(widgets, { resourceVersion: '1', timeoutSeconds: 9, signal })),
      (signal) => hanging.client.get(widgets, key, { signal }),
      (signal) => collect(hanging.client.watch(widgets, { resourceVersion: '1', timeoutSeconds: 9, signal })),
    ];
    for (const attempt of tries) {
      const stop = new AbortController();
      const trying = attempt(stop.signal);
      setTimeout(() => stop.abort(reason), 20);
      await assert.rejects(trying, (error) => error === reason);
      await assert.rejects(attempt(stop.signal), (error) => error === reason);
    }
  });

  test('gives a request up that is not answered in time', async (t) => {
    const { server, connection } = await startSetting(t);
    const clock = createFakeClock();
    const client = createKubeClient(createTransport(connection, 'test/1', clock));
    server.script(any, never);
    const asking = client.get(widgets, key);
    await until('the request', () => server.seen.length === 1);
    await Promise.all([
      clock.advance(65_000),
      assert.rejects(asking, /no answer from the API server: no answer within 65000 ms/),
    ]);
  });

  test('goes on watching beyond the time that a request may take', async (t) => {
    const { server, connection } = await startSetting(t);
    const clock = createFakeClock();
    const client = createKubeClient(createTransport(connection, 'test/1', clock));
    const watching = client.watch(widgets, { resourceVersion: '1', timeoutSeconds: 9 })[Symbol.asyncIterator]();
    const first = watching.next();
    await until('the watch', () => server.openWatches === 1);
    await clock.advance(200_000);
    server.put(widgets, widget('a'));
    assert.equal((await first).value?.type, 'ADDED');
    await watching.return?.();
    assert.equal(clock.sleeping, 0);
  });
});
