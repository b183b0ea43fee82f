import assert from 'node:assert/strict';
import { createServer, type LookupFunction } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { client, failed, policy, send, textOf } from './support/client.ts';
import { connectProxy } from './support/connect-proxy.ts';
import { httpServer, listen } from './support/servers.ts';

/** A stand-in for the metadata service of a cloud, on loopback, which the usual policy refuses just as link-local addresses. */
async function metadataService(t: TestContext) {
  return await httpServer(t, (_request, response) => response.end('credentials of the node'));
}

const names = {
  'rebind.test': ['127.0.0.1'],
  'mixed.test': ['127.0.0.1', '::1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'link-local.test': ['169.254.169.254'],
};

const spellings: readonly { readonly what: string; readonly host: string; readonly names?: 'system' }[] = [
  { what: 'its address', host: '127.0.0.1' },
  { what: 'its address as a decimal number', host: '2130706433' },
  { what: 'its address in hexadecimal', host: '0x7f000001' },
  { what: 'its address in octal', host: '0177.0.0.1' },
  { what: 'its address with parts left out', host: '127.1' },
  { what: 'its address with a dot', host: '127.0.0.1.' },
  { what: 'its address in full-width digits', host: '１２７.0.0.1' },
  { what: 'the unspecified address', host: '0.0.0.0' },
  { what: 'its IPv4-mapped address', host: '[::ffff:127.0.0.1]' },
  { what: 'its IPv4-mapped address in hexadecimal', host: '[::ffff:7f00:1]' },
  { what: 'its NAT64 address', host: '[64:ff9b::127.0.0.1]' },
  { what: 'a name that resolves to it', host: 'rebind.test' },
  { what: 'a name whose every address is refused', host: 'mixed.test' },
  { what: 'a name that resolves to its IPv4-mapped address', host: 'mapped.test' },
  { what: 'a name of the system', host: 'localhost', names: 'system' },
];

describe('a metadata service is not reached', () => {
  for (const { what, host, names: resolver } of spellings) {
    test(`by ${what}`, async (t) => {
      const service = await metadataService(t);
      const http = client(t, { addresses: policy(), names: resolver ?? names });
      const failure = failed(
        await send(http, `http://${host}:${service.port}/latest/`),
        'AddressRefused',
        /--allow-ca-addresses/,
      );
      assert.equal(failure.sent, false);
      assert.equal(service.connections(), 0);
    });
  }

  test('by a redirect', async (t) => {
    const service = await metadataService(t);
    const first = await httpServer(t, (_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${service.port}/latest/` }).end();
    });
    const http = client(t, { addresses: policy({ allow: ['127.0.0.1'] }) });
    failed(await send(http, `http://127.0.0.1:${first.port}/`), 'RedirectRefused', /another origin/);
    assert.equal(service.connections(), 0);
  });

  test('by a name that changes its address between two requests', async (t) => {
    const service = await metadataService(t);
    const elsewhere = await httpServer(t);
    let address = '127.0.0.2';
    const addresses = policy({ allow: ['127.0.0.2'] });
    const changing = {
      get 'rebind.test'() {
        return [address];
      },
    };
    const http = client(t, { addresses, names: changing });
    failed(await send(http, `http://rebind.test:${elsewhere.port}/`), 'CAUnreachable', /ECONNREFUSED/);
    address = '127.0.0.1';
    failed(await send(http, `http://rebind.test:${service.port}/`), 'AddressRefused', /rebind\.test is at 127\.0\.0\.1/);
    assert.equal(service.connections(), 0);
  });

  test('as the proxy of an issuer', async (t) => {
    const service = await metadataService(t);
    for (const target of ['http://pki.test/', 'https://pki.test/']) {
      const http = client(t, { addresses: policy(), proxy: new URL(`http://rebind.test:${service.port}`), names });
      failed(
        await send(http, target),
        'AddressRefused',
        /the proxy rebind\.test:\d+ may not be used: rebind\.test is at 127\.0\.0\.1/,
      );
    }
    assert.equal(service.connections(), 0);
  });

  for (const host of [
    '127.0.0.1',
    '2130706433',
    '[::ffff:127.0.0.1]',
    'localhost',
    'a.localhost',
    'metadata.google.internal',
  ]) {
    test(`through a proxy as ${host}`, async (t) => {
      const service = await metadataService(t);
      const proxy = await connectProxy(t, { at: '127.0.0.2' });
      const addresses = policy({ allow: ['127.0.0.2'] });
      const http = client(t, {
        addresses,
        proxy: new URL(`http://proxy.test:${proxy.port}`),
        names: { 'proxy.test': ['127.0.0.2'] },
      });
      for (const scheme of ['http', 'https']) {
        failed(await send(http, `${scheme}://${host}:${service.port}/`), 'AddressRefused', /--allow-ca-addresses/);
      }
      assert.deepEqual(proxy.seen, []);
      assert.equal(service.connections(), 0);
    });
  }

  test('over TLS, of which not a byte arrives', async (t) => {
    const service = await listen(t, createServer());
    const http = client(t, { addresses: policy(), names });
    failed(await send(http, `https://rebind.test:${service.port}/`), 'AddressRefused', /loopback/);
    assert.equal(service.connections(), 0);
  });

  test('at the link-local address itself, which fails at once', async (t) => {
    const http = client(t, { addresses: policy(), names });
    failed(
      await send(http, 'http://link-local.test/'),
      'AddressRefused',
      /link-local\.test is at 169\.254\.169\.254, .*metadata/,
    );
  });
});

describe('addresses that are allowed', () => {
  test('are used where a name has refused ones too', async (t) => {
    const server = await httpServer(t);
    const http = client(t, { names: { 'pki.test': ['169.254.169.254', '::1', '127.0.0.1'] } });
    assert.equal(textOf(await send(http, `http://pki.test:${server.port}/x`)), 'GET /x');
  });

  test('are tried one after the other', async (t) => {
    const server = await httpServer(t);
    const http = client(t, { names: { 'pki.test': ['127.0.0.9', '127.0.0.1'] } });
    assert.equal(textOf(await send(http, `http://pki.test:${server.port}/x`)), 'GET /x');
  });

  test('are asked for once, however many wait, and the answer is not kept', async (t) => {
    const server = await httpServer(t);
    let questions = 0;
    const lookup: LookupFunction = (_host, _options, callback) => {
      questions += 1;
      setTimeout(() => callback(null, [{ address: '127.0.0.1', family: 4 }]), 50);
    };
    const http = client(t, { lookup });
    const url = `http://pki.test:${server.port}/x`;
    const results = await Promise.all(Array.from({ length: 5 }, async () => await send(http, url)));
    assert.deepEqual(
      results.map(textOf),
      Array.from({ length: 5 }, () => 'GET /x'),
    );
    assert.equal(questions, 1);
    server.cut();
    await delay(20);
    textOf(await send(http, url));
    assert.equal(questions, 2);
  });
});
