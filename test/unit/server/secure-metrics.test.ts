import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import type { KubeClient } from '../../../src/kube/client.ts';
import { listen, type Listening } from '../../../src/server/listen.ts';
import { metricsServing, type MetricsSecurity } from '../../../src/server/metrics-server.ts';
import { createMetrics, metricsHandler } from '../../../src/server/metrics.ts';
import { createFakeClock, type FakeClock } from '../kube/support/fake-clock.ts';
import { makeCa } from '../../e2e/support/objects.ts';
import { metricSources } from '../support/metric-sources.ts';
import { openssl } from '../x509/tools.ts';

const token = 'the-token-that-is-secret';
const client = {
  create: async (_resource: unknown, object: object) =>
    await Promise.resolve({ ...object, status: { authenticated: true, user: { username: 'somebody' }, allowed: true } }),
} as unknown as KubeClient;

interface Served extends Listening {
  readonly clock: FakeClock;
  readonly logged: string[];
}

async function serve(security: MetricsSecurity): Promise<Served> {
  const [clock, logged] = [createFakeClock(), [] as string[]];
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });
  const handler = metricsHandler(createMetrics(metricSources()).registry);
  const { handler: served, certificate } = await metricsServing(handler, security, { client, clock, log });
  return { ...(await listen({ host: '127.0.0.1', port: 0 }, served, certificate)), clock, logged };
}

async function get(address: string, path: string, authorization?: string): Promise<readonly [number, string]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly [number, string]>();
  const headers = authorization === undefined ? {} : { authorization };
  const sent = request(`https://${address}${path}`, { headers, rejectUnauthorized: false, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('end', () => resolve([response.statusCode ?? 0, text]));
  });
  sent.on('error', reject).end();
  return await promise;
}

async function shake(address: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const port = Number(address.split(':').at(-1));
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => resolve(socket));
  socket.once('error', reject);
  return await promise;
}

async function fingerprint(address: string): Promise<string> {
  const socket = await shake(address);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

describe('the secure metrics', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'secure-metrics-'))));
  after(async () => await rm(folder, { recursive: true }));

  test('are for who sends a token that is allowed, and nothing is said of the token in the log', async () => {
    const server = await serve({});
    const [status, text] = await get(server.address, '/metrics', `Bearer ${token}`);
    assert.equal(status, 200);
    assert.match(text, /^external_issuer_leader\{component="controller"\} 1$/m);
    const [refused, why] = await get(server.address, '/metrics');
    assert.deepEqual([refused, /Authorization: Bearer TOKEN/.test(why)], [401, true]);
    assert.deepEqual(await get(server.address, '/', `Bearer ${token}`), [404, 'try /metrics\n']);
    assert.equal((await get(server.address, '/'))[0], 401);
    assert.ok(!server.logged.join().includes(token));
    await server.close();
  });

  test('come without files with a certificate that openssl takes for what it is', async () => {
    const server = await serve({});
    const socket = await shake(server.address);
    const certificate = socket.getPeerX509Certificate();
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    socket.destroy();
    const text = openssl(['x509', '-in', 'cert.pem', '-noout', '-text'], { 'cert.pem': certificate?.toString() ?? '' });
    assert.match(text, /DNS:localhost, IP Address:127\.0\.0\.1/);
    assert.match(text, /TLS Web Server Authentication/);
    assert.match(text, /CA:FALSE/);
    const args = ['verify', '-CAfile', 'cert.pem', '-partial_chain', '-attime', '1800000000', 'cert.pem'];
    assert.match(openssl(args, { 'cert.pem': certificate?.toString() ?? '' }), /OK/);
    await server.close();
  });

  test('take TLS 1.2 with forward secrecy, and nothing older', async () => {
    const server = await serve({});
    const socket = await shake(server.address, { maxVersion: 'TLSv1.2' });
    assert.match(socket.getCipher().standardName ?? '', /^TLS_ECDHE_ECDSA_WITH_(AES|CHACHA20)/);
    socket.destroy();
    const old: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' };
    await assert.rejects(shake(server.address, old), /alert protocol version|unsupported protocol/i);
    const rsaOnly: ConnectionOptions = { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' };
    await assert.rejects(shake(server.address, rsaOnly), /handshake failure/i);
    await server.close();
  });

  test('are served with the certificate of the files, also when it changes; one that cannot be used leaves the old', async () => {
    const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    const write = async (cert: string, key: string): Promise<void> => {
      await writeFile(files.cert, cert);
      await writeFile(files.key, key);
    };
    const [one, two] = [makeCa('One'), makeCa('Two')];
    await write(one.certificate, one.key);
    const server = await serve({ files });
    const first = await fingerprint(server.address);
    await write(two.certificate, one.key);
    await lookAgain(server);
    assert.equal(await fingerprint(server.address), first);
    assert.match(server.logged.join(), /metrics certificate cannot be read again, the one before stays/);
    await write(two.certificate, two.key);
    await lookAgain(server);
    assert.notEqual(await fingerprint(server.address), first);
    assert.match(server.logged.join(), /metrics certificate read again/);
    await server.close();
    assert.equal(server.clock.sleeping, 0);
  });

  test('do not begin with files that cannot be used, and say which flag and what to write', async () => {
    const ca = makeCa('One');
    const [cert, key] = [join(folder, 'a.crt'), join(folder, 'a.key')];
    await assert.rejects(serve({ files: { cert, key } }), {
      code: 'ServingCertificate',
      message: /^--metrics-tls-cert-file: ENOENT/,
    });
    await writeFile(cert, ca.certificate);
    await assert.rejects(serve({ files: { cert, key } }), { message: /^--metrics-tls-key-file: ENOENT.*may read$/ });
    await writeFile(key, makeCa('Two').key);
    await assert.rejects(serve({ files: { cert, key } }), { message: /the private key that belongs to it, as PEM$/ });
  });
});

/** Lets the time pass until the files were looked at, which takes real reads. */
async function lookAgain({ clock }: Served): Promise<void> {
  await clock.advance(30_000);
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
}
