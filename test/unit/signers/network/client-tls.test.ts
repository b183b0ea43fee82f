import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { before, describe, test, type TestContext } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createHttpClient } from '../../../../src/signers/network/client.ts';
import type { ClientSettings } from '../../../../src/signers/network/contract.ts';
import { createNetwork } from '../../../../src/signers/network/network.ts';
import { temporaryFolder } from '../../kube/support/folder.ts';
import { type Pair, type TestCA, testCA } from './support/certificates.ts';
import { client, failed, policy, send, textOf } from './support/client.ts';
import { httpServer, httpsServer, listen } from './support/servers.ts';

describe('TLS', () => {
  let ca: TestCA;
  let server: Pair;
  let own: Pair;
  before(async () => {
    ca = await testCA();
    [server, own] = [await ca.issue(['DNS:pki.test', 'IP:127.0.0.1']), await ca.issue(['DNS:us.test'])];
  });
  const url = (port: number, host = 'pki.test') => `https://${host}:${port}/sign`;

  test('believes the CA of the bundle, for names and for addresses', async (t) => {
    const { port } = await httpsServer(t, server);
    const http = client(t, { tls: { caPem: ca.pem } });
    assert.equal(textOf(await send(http, url(port))), 'GET /sign');
    assert.equal(textOf(await send(http, url(port, '127.0.0.1'))), 'GET /sign');
  });

  test('believes the certificates of the bundle themselves, though those above them are not in it', async (t) => {
    const { port } = await httpsServer(t, server);
    assert.equal(textOf(await send(client(t, { tls: { caPem: server.cert } }), url(port))), 'GET /sign');
    failed(await send(client(t, { tls: { caPem: own.cert } }), url(port)), 'TLSFailed', /not believed/);
  });

  test('does not believe a private CA without a bundle, nor another than that of the bundle', async (t) => {
    const { port, requests } = await httpsServer(t, server);
    const other = await testCA();
    for (const tls of [{}, { caPem: other.pem }]) {
      const failure = failed(
        await send(client(t, { tls }), url(port)),
        'TLSFailed',
        /^pki\.test:\d+: the CA of its certificate is not believed.*tls\.caSecretRef/,
      );
      assert.equal(failure.sent, false);
    }
    assert.equal(requests.length, 0);
  });

  test('believes any certificate where the issuer says so', async (t) => {
    const { port } = await httpsServer(t, server);
    const http = client(t, { tls: { insecureSkipVerify: true } });
    assert.equal(textOf(await send(http, url(port, '127.0.0.1'))), 'GET /sign');
  });

  test('refuses a certificate for another name, and names both', async (t) => {
    const { port, requests } = await httpsServer(t, await ca.issue(['DNS:other.test']));
    for (const host of ['pki.test', '127.0.0.1']) {
      failed(
        await send(client(t, { tls: { caPem: ca.pem } }), url(port, host)),
        'TLSFailed',
        /other names \(DNS:other\.test\).*tls\.serverName/,
      );
    }
    assert.equal(requests.length, 0);
  });

  test('takes the name of serverName, and sends it', async (t) => {
    let sent: unknown;
    const { port } = await httpsServer(t, await ca.issue(['DNS:other.test']), (request, response) => {
      sent = (request.socket as TLSSocket & { readonly servername?: unknown }).servername;
      response.end();
    });
    const http = client(t, { tls: { caPem: ca.pem, serverName: 'other.test' } });
    textOf(await send(http, url(port)));
    assert.equal(sent, 'other.test');
    const wrong = client(t, { tls: { caPem: ca.pem, serverName: 'third.test' } });
    failed(await send(wrong, url(port)), 'TLSFailed', /than the one of tls\.serverName, third\.test/);
  });

  test('takes serverName for the CA only, and shows the client certificate to a token endpoint too (RFC 8705)', async (t) => {
    let shown: unknown;
    const pair = await ca.issue(['DNS:token.test']);
    const { port } = await httpsServer(t, { ...pair, ca: ca.pem, requestCert: true }, (request, response) => {
      shown = (request.socket as TLSSocket).getPeerCertificate().subjectaltname;
      response.end('ok');
    });
    const names = { 'pki.test': ['127.0.0.1'], 'token.test': ['127.0.0.1'], 'second.test': ['127.0.0.1'] };
    const tls = { caPem: ca.pem, certPem: own.cert, keyPem: own.key, serverName: 'pki.internal' };
    const http = client(t, { names, tls });
    assert.equal(textOf(await send(http, url(port, 'token.test'))), 'ok');
    assert.equal(shown, 'DNS:us.test');
    failed(await send(http, url(port)), 'TLSFailed', /than the one of tls\.serverName, pki\.internal/);
    assert.doesNotMatch(failed(await send(http, url(port, 'second.test')), 'TLSFailed', /other names/).message, /serverName/);
    const trusting = client(t, { names, tls: { ...tls, insecureSkipVerify: true } });
    assert.equal(textOf(await send(trusting, url(port, 'second.test'))), 'ok');
  });

  test('does not let a Host header decide whose certificate is taken', async (t) => {
    const { port, requests } = await httpsServer(t, await ca.issue(['DNS:other.test']));
    const http = client(t, { tls: { caPem: ca.pem } });
    failed(await send(http, url(port), { headers: new Map([['host', 'other.test']]) }), 'TLSFailed', /other names/);
    assert.equal(requests.length, 0);
  });

  test('refuses an expired certificate', async (t) => {
    const { port } = await httpsServer(t, await ca.issue(['DNS:pki.test'], 10));
    failed(await send(client(t, { tls: { caPem: ca.pem } }), url(port)), 'TLSFailed', /has expired.*CERT_HAS_EXPIRED/);
  });

  test('shows the client certificate to a server that wants one', async (t) => {
    const { port } = await httpsServer(t, { ...server, ca: ca.pem, requestCert: true }, (request, response) => {
      response.end((request.socket as TLSSocket).getPeerCertificate().subjectaltname);
    });
    const http = client(t, { tls: { caPem: ca.pem, certPem: own.cert, keyPem: own.key } });
    assert.equal(textOf(await send(http, url(port))), 'DNS:us.test');
  });

  for (const version of ['-tls1_2', '-tls1_3']) {
    test(`says so where a client certificate is missing (openssl ${version})`, async (t) => {
      const port = await opensslServer(t, server, ca.pem, ['-Verify', '1', '-verify_return_error', version]);
      const missing = client(t, { tls: { caPem: ca.pem } });
      failed(await send(missing, url(port)), 'TLSFailed', /want a client certificate; set tls\.clientCertSecretRef/);
      const foreign = await (await testCA()).issue(['DNS:us.test']);
      const wrong = client(t, { tls: { caPem: ca.pem, certPem: foreign.cert, keyPem: foreign.key } });
      failed(await send(wrong, url(port)), 'TLSFailed', /may not believe the client certificate/);
      const right = client(t, { tls: { caPem: ca.pem, certPem: own.cert, keyPem: own.key } });
      assert.match(textOf(await send(right, url(port))), /s_server/);
    });
  }

  test('hints at a client certificate where the server just ends the connection', async (t) => {
    const { port } = await listen(
      t,
      createTlsServer(server, (socket) => socket.destroy()),
    );
    const http = client(t, { tls: { caPem: ca.pem } });
    failed(await send(http, url(port)), 'CAUnreachable', /may want a client certificate/);
  });

  test('holds to the least version', async (t) => {
    const { port, requests } = await httpsServer(t, { ...server, maxVersion: 'TLSv1.2' });
    const strict = client(t, { tls: { caPem: ca.pem, minVersion: 'TLSv1.3' } });
    failed(await send(strict, url(port)), 'TLSFailed', /least version of TLS that the issuer takes, TLSv1\.3/);
    assert.equal(requests.length, 0);
    textOf(await send(client(t, { tls: { caPem: ca.pem } }), url(port)));
  });

  test('says that what answers does not speak TLS', async (t) => {
    const { port } = await httpServer(t);
    failed(await send(client(t), url(port)), 'TLSFailed', /does not speak TLS/);
  });

  test('says that the connection ended in the handshake', async (t) => {
    const { port } = await listen(
      t,
      createServer((socket) => socket.end()),
    );
    const failure = failed(await send(client(t), url(port)), 'CAUnreachable', /ended during the TLS handshake/);
    assert.equal(failure.sent, false);
  });

  test('refuses http:// unless plain text is allowed', async (t) => {
    const { port, connections } = await httpServer(t);
    const http = client(t, { tls: { allowPlaintext: false } });
    failed(await send(http, `http://pki.test:${port}/`), 'AddressRefused', /http:\/\/.*tls\.allowPlaintext/);
    assert.equal(connections(), 0);
    textOf(await send(client(t), `http://pki.test:${port}/`));
  });

  test('refuses http:// where there is a credential that may not go in plain text', async (t) => {
    const { port, connections } = await httpServer(t);
    const http = client(t, { encryptedOnly: true });
    for (const address of [`http://pki.test:${port}/`, `HTTP://pki.test:${port}/`, ` http:/pki.test:${port}/`]) {
      failed(await send(http, address), 'AddressRefused', /plain text.*--allow-plaintext-credentials/);
    }
    assert.equal(connections(), 0);
  });

  test('cannot be set up with what is no PEM', () => {
    const tls = { minVersion: 'TLSv1.2', insecureSkipVerify: false, allowPlaintext: false } as const;
    const settings: ClientSettings = {
      tls,
      caHosts: [],
      encryptedOnly: false,
      connectTimeoutMs: 1,
      responseTimeoutMs: 1,
      maxResponseBytes: 1,
    };
    for (const bad of [
      { certPem: 'x', keyPem: 'y' },
      { certPem: own.cert, keyPem: server.key },
    ]) {
      const made = createHttpClient({ ...settings, tls: { ...tls, ...bad } }, createNetwork({ addresses: policy(), env: {} }));
      assert.ok(!made.ok);
      assert.equal(made.error.code, 'ConfigError');
      assert.match(made.error.message, /^tls: .*PEM$/);
    }
  });
});

/** OpenSSL's own server, which breaks off handshakes by alerts as others do. */
async function opensslServer(t: TestContext, pair: Pair, caPem: string, options: readonly string[]): Promise<number> {
  const folder = temporaryFolder(t);
  const [cert, key, ca] = [
    await folder.write('crt', pair.cert),
    await folder.write('key', pair.key),
    await folder.write('ca', caPem),
  ];
  const child = spawn(
    'openssl',
    ['s_server', '-accept', '127.0.0.1:0', '-www', '-cert', cert, '-key', key, '-CAfile', ca, ...options],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`openssl does not listen: ${text}`);
}
