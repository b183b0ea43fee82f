import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answered, client, failed, send, textOf } from './support/client.ts';
import { httpServer } from './support/servers.ts';

const credentials = new Map([
  ['authorization', 'Bearer secret'],
  ['x-api-key', 'secret'],
]);
const body = Buffer.from('csr=1');

describe('a redirect', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} of a GET is followed within its origin, with its headers`, async (t) => {
      const { port, requests } = await httpServer(t, (request, response) => {
        if (request.url === '/a/b') response.writeHead(status, { location: '../c?d=e' }).end();
        else response.end(`${request.method} ${request.url} ${request.headers.authorization}`);
      });
      const result = await send(client(t), `http://pki.test:${port}/a/b`, { headers: credentials });
      assert.equal(textOf(result), 'GET /c?d=e Bearer secret');
      assert.equal(answered(result).url.href, `http://pki.test:${port}/c?d=e`);
      assert.equal(requests.length, 2);
    });

    test(`${status} of a POST is ${status >= 307 ? 'followed with its body' : 'the answer'}`, async (t) => {
      const { port, requests } = await httpServer(t, (request, response) => {
        if (request.url === '/a') response.writeHead(status, { location: '/b' }).end('moved');
        else request.pipe(response);
      });
      const answer = answered(await send(client(t), `http://pki.test:${port}/a`, { headers: credentials, body }));
      const followed = status >= 307;
      assert.equal(answer.status, followed ? 200 : status);
      assert.equal(Buffer.from(answer.body).toString(), followed ? 'csr=1' : 'moved');
      assert.deepEqual(
        requests.map(({ method, url }) => `${method} ${url}`),
        followed ? ['POST /a', 'POST /b'] : ['POST /a'],
      );
    });
  }

  for (const where of ['another port', 'another host', 'another scheme', 'a scheme that is none of HTTP']) {
    test(`to ${where} is refused, and nobody there sees the request`, async (t) => {
      const other = await httpServer(t);
      const locations: Readonly<Record<string, (port: number) => string>> = {
        'another port': () => `http://pki.test:${other.port}/steal?token=hidden`,
        'another host': () => `//other.test:${other.port}/steal`,
        'another scheme': (port) => `https://pki.test:${port}/steal`,
      };
      const first = await httpServer(t, (request, response) => {
        const location = (locations[where] ?? (() => 'file:///etc/passwd'))(request.socket.localPort ?? 0);
        response.writeHead(307, { location }).end();
      });
      const names = { 'pki.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] };
      const result = await send(client(t, { names }), `http://pki.test:${first.port}/`, { headers: credentials, body });
      const failure = failed(result, 'RedirectRefused', /^pki\.test:\d+: answered 307 with a redirect to another origin, /);
      assert.equal(failure.sent, true);
      assert.doesNotMatch(failure.message, /hidden|steal|passwd/);
      assert.equal(other.connections(), 0);
      assert.equal(first.requests.length, 1);
    });
  }

  test('that never ends is left after five', async (t) => {
    const { port, requests } = await httpServer(t, (_request, response) => response.writeHead(302, { location: '/' }).end());
    failed(await send(client(t), `http://pki.test:${port}/`), 'RedirectRefused', /more than 5 times/);
    assert.equal(requests.length, 6);
  });

  test('without a place, or with one that is none, is the answer', async (t) => {
    for (const headers of [{}, { location: 'http://[' }]) {
      const { port } = await httpServer(t, (_request, response) => response.writeHead(302, headers).end());
      assert.equal(answered(await send(client(t), `http://pki.test:${port}/`)).status, 302);
    }
  });

  test('followed by a failure was sent', async (t) => {
    const { port, cut } = await httpServer(t, (request, response) => {
      if (request.url === '/') response.writeHead(307, { location: '/b', connection: 'close' }).end();
      else cut();
    });
    assert.equal(failed(await send(client(t), `http://pki.test:${port}/`), 'CAUnreachable', /ended before/).sent, true);
  });
});
