import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { answered, client, failed, requestTo, send, textOf } from './support/client.ts';
import { httpServer, listen } from './support/servers.ts';

const url = (port: number) => `http://pki.test:${port}/secret-path?token=secret-query`;

describe('the limits of an issuer', () => {
  test('end a connection that is not made in time', async (t) => {
    const silent = await listen(t, createServer());
    const http = client(t, { connectTimeoutMs: 200 });
    const begun = performance.now();
    const failure = failed(
      await send(http, `https://pki.test:${silent.port}/`),
      'CATimeout',
      /no connection within the 0\.2 s of network\.connectTimeout/,
    );
    assert.equal(failure.sent, false);
    assert.ok(performance.now() - begun < 3000);
  });

  test('end the wait for an answer that does not begin', async (t) => {
    const { port } = await httpServer(t, () => undefined);
    const http = client(t, { responseTimeoutMs: 200 });
    const failure = failed(
      await send(http, url(port)),
      'CATimeout',
      /did not begin to answer within the 0\.2 s of network\.responseTimeout/,
    );
    assert.equal(failure.sent, true);
    assert.doesNotMatch(failure.message, /secret/);
  });

  test('end the wait for an answer that stops', async (t) => {
    const { port } = await httpServer(t, (_request, response) => void response.write('x'));
    failed(await send(client(t, { responseTimeoutMs: 200 }), url(port)), 'CATimeout', /stopped in the middle/);
  });

  test('leave an answer that drips to the signal, whose reason is what is thrown', async (t) => {
    let response: ServerResponse | undefined;
    const { port } = await httpServer(t, (_request, answer) => {
      response = answer;
      const drip = setInterval(() => answer.write('x'), 20);
      answer.on('close', () => clearInterval(drip));
    });
    const giveUp = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => giveUp.abort(reason), 150);
    await assert.rejects(client(t).send(requestTo(url(port)), giveUp.signal), (error) => error === reason);
    while (response?.destroyed !== true) await delay(5);
  });

  test('are not needed where the signal was aborted before: nothing is sent', async (t) => {
    const { port, connections } = await httpServer(t);
    await assert.rejects(client(t).send(requestTo(url(port)), AbortSignal.abort('no')), (error) => error === 'no');
    assert.equal(connections(), 0);
  });

  test('do not hold one who gives up before there is a connection, and the request is not sent later', async (t) => {
    const server = await httpServer(t);
    const giveUp = new AbortController();
    const sending = client(t).send(requestTo(url(server.port)), giveUp.signal);
    giveUp.abort('enough');
    await assert.rejects(sending, (error) => error === 'enough');
    await delay(100);
    assert.equal(server.requests.length, 0);
  });

  for (const announced of [true, false]) {
    test(`end an answer of 100 MB ${announced ? 'that says so' : 'that does not say so'}, without reading it`, async (t) => {
      const total = 100 * 1024 * 1024;
      let written = 0;
      const { port } = await httpServer(t, (_request, response) => {
        if (announced) response.setHeader('content-length', total);
        const chunk = Buffer.alloc(64 * 1024, 'x');
        const more = (): void => {
          while (written < total && !response.destroyed) {
            written += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      });
      const before = process.memoryUsage().rss;
      const failure = failed(
        await send(client(t), url(port)),
        'CAAnswerTooLarge',
        /more than the 1048576 bytes of network\.maxResponseBytes/,
      );
      assert.equal(failure.sent, true);
      assert.ok(written < total / 2, `${written} bytes were written`);
      assert.ok(process.memoryUsage().rss - before < 50 * 1024 * 1024);
    });
  }

  test('let an answer through that has just as many bytes', async (t) => {
    const { port } = await httpServer(t, (_request, response) => response.end(Buffer.alloc(2048)));
    assert.equal(answered(await send(client(t, { maxResponseBytes: 2048 }), url(port))).body.length, 2048);
    failed(await send(client(t, { maxResponseBytes: 2047 }), url(port)), 'CAAnswerTooLarge', /2047/);
  });

  test('end headers that are too large', async (t) => {
    const { port } = await httpServer(t, (_request, response) => {
      response.setHeader('x-large', 'x'.repeat(20_000));
      response.end();
    });
    failed(await send(client(t), url(port)), 'CAAnswerTooLarge', /headers/);
  });
});

describe('an answer', () => {
  test('has lower-case headers, those that came twice joined, and any status', async (t) => {
    const { port } = await httpServer(t, (_request, response) => {
      response.writeHead(503, { 'Retry-After': '7', 'Set-Cookie': ['a=1', 'b=2'] }).end('busy');
    });
    const { status, headers, url: from } = answered(await send(client(t), url(port)));
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '7');
    assert.equal(headers.get('set-cookie'), 'a=1, b=2');
    assert.equal(from.href, url(port));
  });

  test('is asked for uncompressed, and refused where it is compressed all the same', async (t) => {
    let status = 200;
    const { port, requests } = await httpServer(t, (_request, response) => {
      response.writeHead(status, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100)));
    });
    const headers = new Map([['accept-encoding', 'gzip']]);
    failed(await send(client(t), url(port), { headers }), 'CAUnreachable', /compressed/);
    assert.equal(requests[0]?.headers['accept-encoding'], undefined);
    status = 500;
    assert.equal(answered(await send(client(t), url(port))).status, 500);
  });

  test('goes by the method, the headers and the body of the request', async (t) => {
    const { port, requests } = await httpServer(t, (request, response) => void request.pipe(response));
    const headers = new Map([
      ['authorization', 'Bearer x'],
      ['content-type', 'application/pkcs10'],
    ]);
    const body = Buffer.from([0, 1, 2, 255]);
    const answer = answered(await send(client(t), url(port), { method: 'PUT', headers, body }));
    assert.deepEqual(Buffer.from(answer.body), body);
    const [request] = requests;
    assert.equal(request?.method, 'PUT');
    assert.equal(request.headers.authorization, 'Bearer x');
    assert.equal(request.headers['content-length'], '4');
    assert.equal(request.headers['user-agent'], 'external-issuer');
  });

  test('after an informational one is the one that counts', async (t) => {
    const { port } = await httpServer(t, (_request, response) => {
      response.writeProcessing();
      response.end('done');
    });
    assert.equal(textOf(await send(client(t), url(port))), 'done');
  });

  test('that is not HTTP is said to be none', async (t) => {
    const { port } = await listen(
      t,
      createServer((socket) => void socket.end('220 smtp.example.com ESMTP\r\n')),
    );
    failed(await send(client(t), url(port)), 'CAUnreachable', /not HTTP/);
  });

  test('that ends early is said to be incomplete', async (t) => {
    const { port } = await listen(
      t,
      createServer((socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
    );
    const failure = failed(await send(client(t), url(port)), 'CAUnreachable', /ended before/);
    assert.equal(failure.sent, true);
  });

  test('does not come where a header cannot be sent', async (t) => {
    const { port, connections } = await httpServer(t);
    for (const header of [
      ['x', 'a\r\nb: c'],
      ['transfer-encoding', 'chunked'],
      ['expect', '100-continue'],
    ] as const) {
      const failure = failed(
        await send(client(t), url(port), { headers: new Map([header]) }),
        'CAUnreachable',
        /headers is not allowed/,
      );
      assert.equal(failure.sent, false);
    }
    assert.equal(connections(), 0);
  });
});
