import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeCsr } from '../unit/mockca/support/csrs.ts';
import { runCommand, startMockCa } from './support/mockca-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'mockca-e2e-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const csr = makeCsr('/CN=a.example', ['DNS:a.example', 'IP:127.0.0.1']);
const ecdsa = ['--key-algorithm=ECDSA'];

interface Signed {
  readonly certificate: string;
  readonly ca: string;
  readonly serial_number: string;
  readonly request_id?: string;
}

async function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'text/plain', ...headers } });
}

async function sign(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Signed> {
  const response = await post(`${url}/sign`, csr.pem, headers);
  assert.equal(response.status, 200);
  return (await response.json()) as Signed;
}

function verify({ certificate, ca }: Signed, name: string): string {
  writeFileSync(at(`${name}.crt`), certificate);
  writeFileSync(at(`${name}.ca`), ca);
  const purposes = ['sslserver', 'sslclient'].map((purpose) =>
    execFileSync('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', at(`${name}.ca`), at(`${name}.crt`)], {
      encoding: 'utf8',
    }),
  );
  return purposes.join('');
}

describe('the mock CA server', () => {
  for (const [algorithm, size] of [
    ['RSA', '2048'],
    ['ECDSA', '384'],
    ['Ed25519', ''],
  ] as const) {
    test(`what a CA with a key ${algorithm} signs passes openssl verify`, async () => {
      await using server = await startMockCa([
        `--key-algorithm=${algorithm}`,
        `--key-size=${size}`,
        '--ca-cn=Mine',
        '--cert-validity=24h',
      ]);
      const signed = await sign(server.url);
      assert.equal(verify(signed, algorithm), `${at(`${algorithm}.crt`)}: OK\n`.repeat(2));
      const { validTo, subjectAltName } = new X509Certificate(signed.certificate);
      assert.equal(subjectAltName, 'DNS:a.example, IP Address:127.0.0.1');
      assert.ok(Math.abs(Date.parse(validTo) - Date.now() - 86_400_000) < 60_000);
      assert.match(new X509Certificate(signed.ca).subject, /CN=Mine/);
      assert.equal(await server.end(), 0);
    });
  }

  test('200 signings at once all succeed, each with its own serial number', async () => {
    await using server = await startMockCa(ecdsa);
    const all = await Promise.all(Array.from({ length: 200 }, () => sign(server.url)));
    assert.equal(new Set(all.map(({ serial_number }) => serial_number)).size, 200);
    const health = (await (await fetch(`${server.url}/health`)).json()) as { readonly certificates_signed: number };
    assert.equal(health.certificates_signed, 200);
    const journal = await (await fetch(`${server.url}/journal`)).text();
    assert.equal(journal.trim().split('\n').length, 200);
    assert.equal(await server.end(), 0);
  });

  test('a restart keeps the CA and the journal, also after SIGKILL', async () => {
    const args = [...ecdsa, `--ca-dir=${at('kept')}`, `--journal=${at('journal')}`];
    await using first = await startMockCa(args);
    const before = await sign(first.url, { 'idempotency-key': 'one' });
    assert.equal(await first.end('SIGKILL'), null);
    await using second = await startMockCa([...args, '--ca-cn=Another']);
    const now = await sign(second.url);
    assert.equal(now.ca, before.ca);
    assert.ok(second.logs.some((line) => line.includes('"level":"warn"') && line.includes('--ca-cn')));
    await second.end();
    const entries = readFileSync(at('journal'), 'utf8').trim().split('\n');
    const keys = entries.map((line) => (JSON.parse(line) as Record<string, unknown>)['idempotencyKey']);
    assert.deepEqual(keys, ['one', null]);
    assert.equal(statSync(at('journal')).mode & 0o777, 0o600);
  });

  test('an Idempotency-Key gets one certificate', async () => {
    await using server = await startMockCa(ecdsa);
    const [one, two] = await Promise.all([1, 2].map(() => sign(server.url, { 'idempotency-key': 'k' })));
    assert.equal(one?.serial_number, two?.serial_number);
    await server.end();
  });

  test('the token is asked for, and kept out of the log', async () => {
    writeFileSync(at('token'), 's3cret-token\n');
    await using server = await startMockCa([...ecdsa, `--token-file=${at('token')}`]);
    const refused = await post(`${server.url}/sign`, csr.pem, { authorization: 'Bearer wrong-token' });
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer /);
    await sign(server.url, { authorization: 'Bearer s3cret-token' });
    await server.end();
    assert.doesNotMatch(server.logs.join('\n'), /s3cret|wrong-token/);
  });

  test('serves HTTPS with the certificate it is given', async () => {
    await using issuer = await startMockCa(ecdsa);
    const key = at('server.key');
    execFileSync(
      'openssl',
      [
        'req',
        '-new',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-subj',
        '/CN=x',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-out',
        at('server.csr'),
      ],
      { stdio: 'ignore' },
    );
    const signed = (await (await post(`${issuer.url}/sign`, readFileSync(at('server.csr'), 'utf8'))).json()) as Signed;
    writeFileSync(at('server.crt'), signed.certificate);
    await issuer.end();
    await using server = await startMockCa([...ecdsa, `--tls-cert-file=${at('server.crt')}`, `--tls-key-file=${key}`]);
    const status = await new Promise((resolve, reject) => {
      const call = request(`${server.url}/sign`, { method: 'POST', ca: signed.ca }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject).end(csr.pem);
    });
    assert.equal(status, 200);
    assert.equal(await server.end(), 0);
  });

  test('faults: latency, errors, and pending until it was polled', async () => {
    await using server = await startMockCa([...ecdsa, '--fault-latency=300ms', '--fault-pending=1']);
    const startedAt = performance.now();
    const taken = await post(`${server.url}/sign`, csr.pem);
    assert.ok(performance.now() - startedAt >= 295);
    assert.equal(taken.status, 202);
    const location = `${server.url}${taken.headers.get('location')}`;
    assert.equal((await fetch(location)).status, 202);
    const issued = await fetch(location);
    assert.equal(issued.status, 200);
    assert.match(verify((await issued.json()) as Signed, 'pending'), /OK/);
    await server.end();
    await using failing = await startMockCa([...ecdsa, '--fault-error-rate=1']);
    assert.equal((await post(`${failing.url}/sign`, csr.pem)).status, 503);
    await failing.end();
  });

  test('a body that is too large is answered 413, and the server lives', async () => {
    await using server = await startMockCa(ecdsa);
    const response = await post(`${server.url}/sign`, 'x'.repeat(5_000_000));
    assert.equal(response.status, 413);
    assert.equal(((await response.json()) as Record<string, string>)['code'], 'BODY_TOO_LARGE');
    await sign(server.url);
    await server.end();
  });

  test('SIGTERM lets the request under way end, takes no other, and exits 0', async () => {
    await using server = await startMockCa([...ecdsa, '--fault-latency=600ms']);
    const underWay = sign(server.url);
    await delay(200);
    const ended = server.end();
    await delay(200);
    await assert.rejects(fetch(`${server.url}/health`));
    assert.match((await underWay).certificate, /BEGIN CERTIFICATE/);
    assert.equal(await ended, 0);
  });

  test('listens on IPv6, and takes options from the environment unless they are given', async () => {
    const env = {
      MOCKCA_ADDR: '[::1]:0',
      MOCKCA_LOG_FORMAT: 'text',
      MOCKCA_CA_CN: 'From env',
      MOCKCA_CA_ORG: 'From env',
      MOCKCA_KEY_ALGORITHM: 'ECDSA',
    };
    await using server = await startMockCa(['--ca-cn=Given'], env);
    assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
    const health = (await (await fetch(`${server.url}/healthz`)).json()) as Record<string, string>;
    assert.equal(health['ca_subject'], 'CN=Given,O=From env');
    assert.equal(await server.end('SIGINT'), 0);
  });

  test('what it cannot be started with is named on standard error', async () => {
    await using server = await startMockCa(ecdsa);
    const address = server.url.replace('http://', '');
    writeFileSync(at('no.key'), 'no key');
    const cases: readonly [readonly string[], number, RegExp][] = [
      [[`--addr=${address}`], 1, /^error: cannot listen on .*choose another --addr\n$/m],
      [['--adr', ':0'], 2, /unknown option '--adr'[^]*Did you mean --addr/],
      [['--log-level=loud'], 2, /^error: --log-level: "loud" is none of/],
      [[`--tls-cert-file=${at('no.crt')}`, `--tls-key-file=${at('no.key')}`], 1, /^error: --tls-cert-file: ENOENT/],
      [
        [`--tls-cert-file=${at('no.key')}`, `--tls-key-file=${at('no.key')}`],
        1,
        /^error: --tls-cert-file, --tls-key-file or --tls-client-ca-file cannot be used/,
      ],
      [['--token-file', '/dev/null'], 1, /^error: --token-file: .* must hold one token/],
      [['--journal', folder], 1, /^error: --journal: EISDIR/],
      [[`--ca-dir=${at('no.key')}`], 1, /^error: the CA cannot be kept in/],
    ];
    for (const [args, code, message] of cases) {
      const result = await runCommand(['mockca', '--addr=127.0.0.1:0', '--log-level=error', ...ecdsa, ...args]);
      assert.match(result.stderr, message);
      assert.equal(result.code, code, args.join(' '));
      assert.doesNotMatch(result.stderr, / {4}at /, 'no stack');
    }
    await server.end();
  });
});
