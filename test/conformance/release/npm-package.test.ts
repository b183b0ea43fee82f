import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { makeNpmPackage } from '../../../scripts/release/npm-package.ts';
import { startMockCa } from '../../e2e/support/mockca-process.ts';
import { projectRoot } from '../../unit/support/markdown.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = mkdtempSync(join(tmpdir(), 'external-issuer-npm-'));
const user = join(folder, 'user');
after(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...args: readonly string[]): Ended {
  // What npm tells the scripts that it runs is not for the npm of the user.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const env = { ...Object.fromEntries(own), npm_config_offline: 'true', npm_config_yes: 'false' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: user, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

function succeed(command: string, ...args: readonly string[]): string {
  const { code, stdout, stderr } = run(command, ...args);
  assert.equal(code, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

const npx = (...args: readonly string[]): string => succeed('npx', 'external-issuer', ...args);

describe('the npm package, installed in an empty folder', () => {
  const { version } = JSON.parse(readFileSync(new URL('package.json', projectRoot), 'utf8')) as { readonly version: string };

  before(async () => {
    const tarball = await makeNpmPackage(join(folder, 'package'), folder);
    mkdirSync(user);
    succeed('npm', 'install', '--no-audit', '--no-fund', '--prefix', user, tarball);
    const csr = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'tls.key'];
    succeed('openssl', ...csr, '-out', 'tls.csr', '-subj', '/CN=a.example', '-addext', 'subjectAltName=DNS:a.example');
  });

  test('is of the version of the tree, without dependencies', () => {
    const installed = readdirSync(join(user, 'node_modules')).filter((name) => !name.startsWith('.'));
    assert.deepEqual(installed, ['external-issuer']);
    assert.equal(npx('--version').trim(), version);
  });

  test('brings the licenses of what is bundled', () => {
    const notices = readFileSync(join(user, 'node_modules/external-issuer/THIRD_PARTY_NOTICES.txt'), 'utf8');
    for (const name of ['undici', 'zod', '@azure/identity', 'yaml']) assert.match(notices, new RegExp(`^${name} \\d`, 'm'));
    assert.doesNotMatch(notices, /^(?:esbuild|typescript|playwright-core) \d/m);
  });

  test('prints the CRDs that are shipped', () => {
    const shipped = readFileSync(new URL('deploy/crds.yaml', projectRoot), 'utf8');
    const objects = (yaml: string): readonly unknown[] => parseAllDocuments(yaml).map((document) => document.toJS() as unknown);
    assert.deepEqual(objects(npx('crds')), objects(shipped));
  });

  test('signs a CSR with a CA that it makes, and openssl verifies the certificate', () => {
    npx('sign', '--csr', 'tls.csr', '--ca-dir', 'ca', '--out', 'tls.crt');
    assert.equal(succeed('openssl', 'verify', '-CAfile', 'ca/tls.crt', 'tls.crt').trim(), 'tls.crt: OK');
  });

  test('signs with the CA of an issuer, over HTTP', async () => {
    await using mockca = await startMockCa();
    const pki = {
      baseUrl: mockca.url,
      tls: { allowPlaintext: true },
      steps: [{ name: 'submit', url: '/sign', body: { json: { csr: '{{ csr.pem }}' } } }],
      response: { format: 'json', certificateField: 'certificate_chain' },
      check: { url: '/health' },
    };
    const metadata = { name: 'pki', namespace: 'team-a' };
    const spec = { signerType: 'pki', pki };
    const issuer = { apiVersion: 'external-issuer.io/v1alpha1', kind: 'ExternalIssuer', metadata, spec };
    writeFileSync(join(user, 'issuer.yaml'), JSON.stringify(issuer));
    npx('check', '-f', 'issuer.yaml', '--allow-ca-addresses=127.0.0.0/8');
    npx('sign', '-f', 'issuer.yaml', '--csr', 'tls.csr', '--out', 'pki.crt', '--allow-ca-addresses=127.0.0.0/8');
    assert.match(succeed('openssl', 'x509', '-in', 'pki.crt', '-noout', '-subject'), /CN ?= ?a\.example/);
  });

  test('is a plugin of kubectl, and names itself so', () => {
    assert.match(succeed(join(user, 'node_modules/.bin/kubectl-external_issuer'), '--help'), /^Usage: /);
    const { code, stderr } = run(join(user, 'node_modules/.bin/kubectl-external_issuer'), 'sign', '--csr', 'nothing.csr');
    assert.equal(code, 1);
    assert.match(stderr, /nothing\.csr/);
  });

  test('says which Node it needs where the one at hand is older', () => {
    writeFileSync(
      join(user, 'older.cjs'),
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.11.1' } });",
    );
    const bin = join(user, 'node_modules/external-issuer/bin/external-issuer.cjs');
    const { code, stdout, stderr } = run(process.execPath, '--require', './older.cjs', bin, '--version');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /needs Node\.js 24\.12 or newer, and this is 24\.11\.1/);
  });
});
