import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { request } from 'undici';
import { stringify } from 'yaml';
import { loadConnection } from '../../../src/kube/config/load.ts';
import type { Connection } from '../../../src/kube/connection.ts';
import { makeCertificates } from './support/certificates.ts';
import { createFakeClock } from './support/fake-clock.ts';
import { temporaryFolder, type Folder } from './support/folder.ts';

/** What the server saw of a request. */
interface Seen {
  readonly client: string | undefined;
  readonly connection: number;
}

/** Whether the error is that the server's certificate is of no believed CA; which code it has is the handshake's affair. */
function untrusted(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' || code === 'SELF_SIGNED_CERT_IN_CHAIN';
}

async function listen(t: TestContext, server: Server, host: string): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    // A client may end a connection in any way.
    socket.on('error', () => undefined);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** An API server that asks for client certificates and answers with what it saw. */
async function apiServer(t: TestContext, names?: readonly string[], host = '127.0.0.1') {
  const folder = temporaryFolder(t);
  const certificates = makeCertificates(folder.path, names);
  let connections = 0;
  const numbers = new WeakMap<object, number>();
  const server = createServer(
    { ...certificates.server, ca: certificates.ca, requestCert: true, rejectUnauthorized: false },
    (req, res) => {
      const socket = req.socket as TLSSocket;
      const seen: Seen = {
        client: socket.getPeerCertificate().subject?.CN as string | undefined,
        connection: numbers.get(socket) ?? 0,
      };
      res.end(JSON.stringify(seen));
    },
  );
  server.on('secureConnection', (socket: object) => numbers.set(socket, ++connections));
  const port = await listen(t, server, host);
  return { folder, certificates, port, url: `https://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

async function connectionOf(t: TestContext, folder: Folder, server: string, cluster: object = {}, user: object = {}, env = {}) {
  const config = {
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority': 'ca.crt', ...cluster } }],
    users: [{ name: 'u', user }],
  };
  const clock = createFakeClock();
  const connection = await loadConnection({ kubeconfig: await folder.write('config', stringify(config)), env }, { clock });
  t.after(() => connection.close());
  return { connection, clock };
}

async function ask(connection: Connection): Promise<Seen> {
  const { body } = await request(`${connection.server}/version`, { dispatcher: await connection.dispatcher() });
  return (await body.json()) as Seen;
}

describe('a connection', () => {
  test('believes only the CA it was given, and keeps its connection', async (t) => {
    const { folder, url } = await apiServer(t);
    const { connection } = await connectionOf(t, folder, url);
    for (let time = 1; time < 10; time++) await ask(connection);
    assert.ok((await ask(connection)).connection <= 2, 'ten requests took at most two connections');
    const other = makeCertificates(temporaryFolder(t).path).ca.toString('base64');
    const { connection: wrong } = await connectionOf(t, folder, url, { 'certificate-authority-data': other });
    await assert.rejects(ask(wrong), untrusted);
  });

  test('reaches a server on IPv6', async (t) => {
    const { folder, url } = await apiServer(t, [], '::1');
    const { connection } = await connectionOf(t, folder, url);
    assert.equal(connection.server, url);
    await ask(connection);
  });

  test('checks the name it was told to, and no name where it was told so', async (t) => {
    const { folder, url, port } = await apiServer(t, ['api.example']);
    const byName = `https://localhost:${port}`;
    await assert.rejects(ask((await connectionOf(t, folder, byName)).connection), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const named = await connectionOf(t, folder, byName, { 'tls-server-name': 'api.example' });
    await ask(named.connection);
    const misnamed = await connectionOf(t, folder, url, { 'tls-server-name': 'other.example' });
    await assert.rejects(ask(misnamed.connection), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const insecure = { 'certificate-authority': '', 'insecure-skip-tls-verify': true };
    await ask((await connectionOf(t, folder, byName, insecure)).connection);
  });

  test('shows its certificate and, after a rotation, the new one on a new connection', async (t) => {
    const { folder, certificates, url } = await apiServer(t);
    const write = async (name: string) => {
      const { cert, key } = certificates.client(name);
      await folder.write('me.crt', cert);
      await folder.write('me.key', key);
    };
    await write('before');
    const user = { 'client-certificate': 'me.crt', 'client-key': 'me.key' };
    const { connection, clock } = await connectionOf(t, folder, url, {}, user);
    assert.equal((await ask(connection)).client, 'before');
    const old = await connection.dispatcher();
    await write('after');
    assert.equal((await ask(connection)).client, 'before');
    await clock.advance(60_000);
    assert.equal((await ask(connection)).client, 'after');
    const late = await request(`${url}/late`, { dispatcher: old });
    assert.equal(((await late.body.json()) as Seen).client, 'before', 'who was given the old one just now can still use it');
  });

  test('goes on as before while only one of two files has been replaced', async (t) => {
    const { folder, certificates, url } = await apiServer(t);
    const { cert, key } = certificates.client('me');
    await folder.write('me.crt', cert);
    await folder.write('me.key', key);
    const { connection } = await connectionOf(t, folder, url, {}, { 'client-certificate': 'me.crt', 'client-key': 'me.key' });
    await folder.write('me.crt', certificates.client('next').cert);
    connection.refused();
    assert.equal((await ask(connection)).client, 'me');
  });

  test('refuses to be used once it is closed', async (t) => {
    const { folder, url } = await apiServer(t);
    const { connection } = await connectionOf(t, folder, url);
    await connection.close();
    await assert.rejects(connection.dispatcher(), /the connection has been closed/);
  });
});

describe('a proxy', () => {
  async function proxy(t: TestContext) {
    const asked: string[] = [];
    const server = createProxy().on('connect', (req, socket: Socket) => {
      asked.push(`${req.url} ${req.headers['proxy-authorization'] ?? ''}`.trim());
      const [, host = '', port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(req.url ?? '') ?? [];
      const target = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      target.on('error', () => socket.destroy());
    });
    return { port: await listen(t, server, '127.0.0.1'), asked };
  }

  for (const host of ['127.0.0.1', '::1']) {
    test(`named by the kubeconfig is used for ${host}, with its password and the client's certificate inside`, async (t) => {
      const { folder, certificates, url } = await apiServer(t, [], host);
      const { port, asked } = await proxy(t);
      const { cert, key } = certificates.client('me');
      const user = { 'client-certificate-data': cert.toString('base64'), 'client-key-data': key.toString('base64') };
      const cluster = { 'proxy-url': `http://jo:secret@127.0.0.1:${port}` };
      const { connection } = await connectionOf(t, folder, url, cluster, user, { NO_PROXY: '*' });
      assert.equal((await ask(connection)).client, 'me');
      assert.deepEqual(asked, [`${new URL(url).host} Basic ${Buffer.from('jo:secret').toString('base64')}`]);
    });
  }

  test('checks the certificate of the server behind it', async (t) => {
    const { folder, url } = await apiServer(t);
    const { port } = await proxy(t);
    const other = makeCertificates(temporaryFolder(t).path).ca.toString('base64');
    const cluster = { 'proxy-url': `http://127.0.0.1:${port}`, 'certificate-authority-data': other };
    const { connection } = await connectionOf(t, folder, url, cluster);
    await assert.rejects(ask(connection), untrusted);
  });

  test('named by the environment is used unless NO_PROXY lists the server', async (t) => {
    const { folder, port: apiPort } = await apiServer(t, ['api.localtest']);
    const { port, asked } = await proxy(t);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const cluster = { 'tls-server-name': 'api.localtest' };
    // Loopback is never proxied, so the server goes by another name, which nobody but the proxy could resolve.
    const { connection } = await connectionOf(t, folder, `https://api.invalid:${apiPort}`, cluster, {}, env);
    await assert.rejects(ask(connection));
    assert.deepEqual(asked, [`api.invalid:${apiPort}`]);
    const direct = await connectionOf(t, folder, `https://127.0.0.1:${apiPort}`, cluster, {}, env);
    await ask(direct.connection);
    const excepted = await connectionOf(
      t,
      folder,
      `https://api.invalid:${apiPort}`,
      cluster,
      {},
      { ...env, NO_PROXY: '.invalid' },
    );
    await assert.rejects(ask(excepted.connection), { code: 'ENOTFOUND' });
    assert.equal(asked.length, 1);
  });
});
