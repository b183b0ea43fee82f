import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Pair, type TestCA, testCA } from './support/certificates.ts';
import { client, failed, policy, send, textOf } from './support/client.ts';
import { connectProxy } from './support/connect-proxy.ts';
import { httpServer, httpsServer } from './support/servers.ts';

const body = Buffer.from('csr');

describe('a proxy', () => {
  let ca: TestCA;
  let pair: Pair;
  before(async () => {
    ca = await testCA();
    pair = await ca.issue(['DNS:pki.test', 'DNS:far.test']);
  });
  // Only the proxy resolves them.
  const names = { 'proxy.test': ['127.0.0.1'] };

  test('tunnels to an https server, which alone sees the request, and keeps the tunnel', async (t) => {
    const server = await httpsServer(t, pair);
    const proxy = await connectProxy(t, { credential: 'me:p%ss word' });
    const http = client(t, {
      tls: { caPem: ca.pem },
      names,
      proxy: new URL(`http://me:p%25ss%20word@proxy.test:${proxy.port}`),
    });
    for (const path of ['/one', '/two']) {
      assert.equal(textOf(await send(http, `https://far.test:${server.port}${path}`, { body })), `POST ${path}`);
    }
    assert.deepEqual(proxy.seen, [`CONNECT far.test:${server.port}`]);
    assert.equal(server.connections(), 1);
    assert.equal(server.requests[0]?.headers['proxy-authorization'], undefined);
    assert.equal(server.requests[0]?.headers.host, `far.test:${server.port}`);
  });

  test('is given requests to an http server whole', async (t) => {
    const server = await httpServer(t);
    const proxy = await connectProxy(t, { credential: 'me:secret' });
    const http = client(t, { names, proxy: new URL(`http://me:secret@proxy.test:${proxy.port}`) });
    const url = `http://far.test:${server.port}/sign?a=b`;
    assert.equal(textOf(await send(http, url, { body })), 'POST /sign?a=b');
    assert.deepEqual(proxy.seen, [`POST ${url}`]);
    assert.equal(server.requests[0]?.headers.host, `far.test:${server.port}`);
  });

  test('is believed by the bundle or the roots where it is an https one', async (t) => {
    const server = await httpServer(t);
    const front = await ca.issue(['DNS:proxy.test']);
    const asked: string[] = [];
    const proxy = await httpsServer(t, front, (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('by the proxy');
    });
    const proxyUrl = new URL(`https://proxy.test:${proxy.port}`);
    const http = client(t, { tls: { caPem: ca.pem, serverName: 'other.test' }, names, proxy: proxyUrl });
    assert.equal(textOf(await send(http, `http://far.test:${server.port}/x`)), 'by the proxy');
    assert.deepEqual(asked, [`GET http://far.test:${server.port}/x`]);
    const unbelieved = client(t, { tls: { insecureSkipVerify: true }, names, proxy: proxyUrl });
    failed(await send(unbelieved, `http://far.test:${server.port}/x`), 'ProxyFailed', /cannot be reached/);
  });

  test('that wants a credential is named, and nothing was sent', async (t) => {
    const proxy = await connectProxy(t, { credential: 'me:secret' });
    const http = client(t, { names, proxy: new URL(`http://me:wrong-password@proxy.test:${proxy.port}`) });
    for (const scheme of ['http', 'https']) {
      const failure = failed(
        await send(http, `${scheme}://far.test/`),
        'ProxyFailed',
        /the proxy proxy\.test:\d+ answered 407/,
      );
      assert.equal(failure.sent, false);
      assert.doesNotMatch(failure.message, /wrong-password/);
    }
  });

  test('that refuses the tunnel is named', async (t) => {
    const proxy = await connectProxy(t, { status: 403 });
    const http = client(t, { names, proxy: new URL(`http://proxy.test:${proxy.port}`) });
    const failure = failed(
      await send(http, 'https://far.test/'),
      'ProxyFailed',
      /^far\.test:443: the proxy proxy\.test:\d+ answered 403/,
    );
    assert.equal(failure.sent, false);
  });

  test('that is not there is named', async (t) => {
    const http = client(t, { names, proxy: new URL('http://proxy.test:1') });
    for (const scheme of ['http', 'https']) {
      const failure = failed(
        await send(http, `${scheme}://far.test/`),
        'ProxyFailed',
        /proxy\.test:1 cannot be reached \(ECONNREFUSED\)/,
      );
      assert.equal(failure.sent, false);
    }
  });

  test('that does not answer ends at the connect timeout', async (t) => {
    const proxy = await connectProxy(t, { status: 0 });
    const http = client(t, { names, proxy: new URL(`http://proxy.test:${proxy.port}`), connectTimeoutMs: 100 });
    failed(await send(http, 'https://far.test/'), 'ProxyFailed', /took more than the 0\.1 s of network\.connectTimeout/);
  });

  test("has errors of the server behind it told as the server's", async (t) => {
    const server = await httpsServer(t, await ca.issue(['DNS:other.test']));
    const proxy = await connectProxy(t);
    const http = client(t, { tls: { caPem: ca.pem }, names, proxy: new URL(`http://proxy.test:${proxy.port}`) });
    failed(
      await send(http, `https://far.test:${server.port}/`),
      'TLSFailed',
      /^far\.test:\d+ \(through the proxy proxy\.test:\d+\): its certificate is for other names/,
    );
  });

  test('comes from the environment, but not for what NO_PROXY lists', async (t) => {
    const server = await httpServer(t, undefined, '127.0.0.2');
    const proxy = await connectProxy(t);
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: '127.0.0.2/31,.near.test' };
    const http = client(t, { env, names: { 'a.near.test': ['127.0.0.2'] } });
    textOf(await send(http, `http://127.0.0.2:${server.port}/`));
    textOf(await send(http, `http://a.near.test:${server.port}/`));
    assert.deepEqual(proxy.seen, []);
    failed(
      await send(client(t, { env, addresses: policy({ allow: ['127.0.0.1'] }) }), 'http://127.0.0.2/'),
      'AddressRefused',
      /loopback/,
    );
    const { port } = await httpServer(t);
    textOf(await send(http, `http://far.test:${port}/`));
    assert.deepEqual(proxy.seen, [`GET http://far.test:${port}/`]);
  });

  test('of the environment is not used where the issuer says none', async (t) => {
    const server = await httpServer(t);
    const http = client(t, { env: { HTTP_PROXY: 'http://127.0.0.1:1' }, proxy: 'none' });
    assert.equal(textOf(await send(http, `http://pki.test:${server.port}/x`)), 'GET /x');
  });

  test('that is no HTTP proxy is named with its source, without its content', async (t) => {
    for (const value of ['socks5://me:secret@far.test:1080', 'http://me:%E0%A4@far.test', 'http://:x:y']) {
      const failure = failed(
        await send(client(t, { env: { HTTPS_PROXY: value } }), 'https://pki.test/'),
        'ProxyFailed',
        /HTTPS_PROXY/,
      );
      assert.doesNotMatch(failure.message, /secret|far|%E0/);
      assert.equal(failure.sent, false);
    }
  });
});
