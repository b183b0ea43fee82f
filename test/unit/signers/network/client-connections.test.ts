import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, client, failed, requestTo, send, textOf } from './support/client.ts';
import { httpServer, listen } from './support/servers.ts';

const body = Buffer.from('csr');

describe('connections', () => {
  test('are used again, one after the other and by several at once', async (t) => {
    const server = await httpServer(t, (_request, response) => void setTimeout(() => response.end('ok'), 10));
    const http = client(t);
    const url = `http://pki.test:${server.port}/`;
    for (let i = 0; i < 5; i += 1) textOf(await send(http, url, { body }));
    assert.equal(server.connections(), 1);
    await Promise.all(Array.from({ length: 4 }, async () => textOf(await send(http, url, { body }))));
    await Promise.all(Array.from({ length: 4 }, async () => textOf(await send(http, url, { body }))));
    assert.equal(server.connections(), 4);
  });

  test('that the server ended while they were idle do not fail a request', async (t) => {
    const server = await httpServer(t);
    const http = client(t);
    const url = `http://pki.test:${server.port}/x`;
    for (let i = 0; i < 3; i += 1) {
      assert.equal(textOf(await send(http, url, { body })), 'POST /x');
      server.cut();
      await delay(20);
    }
    assert.equal(server.connections(), 3);
    assert.equal(server.requests.length, 3);
  });

  test('are left before a server ends them that says how long it waits', async (t) => {
    const server = await httpServer(t, (_request, response) => {
      response.setHeader('keep-alive', 'timeout=2');
      response.end();
    });
    const http = client(t);
    for (let i = 0; i < 2; i += 1) answered(await send(http, `http://pki.test:${server.port}/`));
    assert.equal(server.connections(), 2);
  });

  test('that are cut when a POST is on its way fail it, and it is not sent again', async (t) => {
    let cut = (): void => undefined;
    let seen = 0;
    const server = await httpServer(t, (_request, response) => {
      seen += 1;
      if (seen === 1) response.end('ok');
      else cut();
    });
    cut = server.cut;
    const http = client(t);
    const url = `http://pki.test:${server.port}/`;
    textOf(await send(http, url, { body }));
    const failure = failed(
      await send(http, url, { body }),
      'CAUnreachable',
      /^pki\.test:\d+: the connection ended before the answer did/,
    );
    assert.equal(failure.sent, true);
    assert.equal(server.connections(), 1);
    await delay(50);
    assert.equal(seen, 2);
  });

  test('that are reset before any answer count as sent', async (t) => {
    const { port } = await listen(
      t,
      createServer((socket) => void socket.once('data', () => socket.resetAndDestroy())),
    );
    const failure = failed(
      await send(client(t), `http://pki.test:${port}/`, { body }),
      'CAUnreachable',
      /ended before the answer did \(ECONNRESET\)/,
    );
    assert.equal(failure.sent, true);
  });

  test('that are refused say so, and that nothing was sent', async (t) => {
    const failure = failed(
      await send(client(t), 'http://pki.test:1/', { body }),
      'CAUnreachable',
      /^pki\.test:1: nothing listens there.*\(ECONNREFUSED\)$/,
    );
    assert.equal(failure.sent, false);
    assert.notEqual(failure.cause, undefined);
  });

  test('to a name that nobody knows say so', async (t) => {
    const failure = failed(
      await send(client(t), 'https://unknown.test/?q=secret'),
      'CAUnreachable',
      /^unknown\.test:443: there is no such host.*\(ENOTFOUND\)$/,
    );
    assert.equal(failure.sent, false);
  });

  test('are ended by close, which may be called twice, and then none is made', async (t) => {
    const server = await httpServer(t, () => undefined);
    const http = client(t);
    const waiting = http.send(requestTo(`http://pki.test:${server.port}/`), AbortSignal.timeout(10_000));
    while (server.requests.length === 0) await delay(5);
    await Promise.all([http.close(), http.close()]);
    await http.close();
    failed(await waiting, 'CAUnreachable', /connections of the issuer were closed/);
    failed(await send(http, `http://pki.test:${server.port}/`), 'CAUnreachable', /were closed/);
    failed(await send(http, `https://pki.test:${server.port}/`), 'CAUnreachable', /were closed/);
    assert.equal(server.connections(), 1);
    const never = client(t);
    await never.close();
    failed(await send(never, `http://pki.test:${server.port}/`), 'CAUnreachable', /were closed/);
  });
});
