import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blocksOf, projectRoot, readPage, sectionOf } from '../unit/support/markdown.ts';

const cwd = mkdtempSync(join(tmpdir(), 'docs-e2e-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
// The commands are for a checkout; what they write must not stay in this one.
for (const name of ['bin', 'examples']) symlinkSync(fileURLToPath(new URL(name, projectRoot)), join(cwd, name));

const documented = '127.0.0.1:8090';

/** Runs the command of a page that starts a server, on a free port; gives its address. Ended with the test. */
async function serve(command: string, signal: AbortSignal): Promise<string> {
  assert.ok(command.includes(documented), command);
  const text = `exec ${command.replace(documented, '127.0.0.1:0')}`;
  const server = spawn('sh', ['-c', text], { cwd, stdio: ['ignore', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Also where the test ends it, when the address is known long since.
  server.on('error', reject);
  server.on('exit', () => reject(new Error(`it ended: ${command}`)));
  createInterface(server.stderr).on('line', (line) => {
    const [, address] = /listening addr=(\S+)/.exec(line) ?? [];
    if (address !== undefined) resolve(address);
  });
  return await promise;
}

/** Runs commands as somebody would who copies them. */
function copy(commands: string): { readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', commands], { cwd, encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

describe('README.md', () => {
  test('can be followed without a cluster: a CSR is signed, and a preset shows what it would send', async () => {
    const page = await readPage('README.md');
    const blocks = blocksOf(page, 'sh').map(({ text }) => text.replaceAll('/tmp/', './'));
    const [signs, shows] = ['sign --csr', '--dry-run'].map((words) => blocks.find((text) => text.includes(words)));
    assert.ok(signs !== undefined && shows !== undefined, 'the page has both blocks');
    assert.match(copy(signs).stdout, /^-----BEGIN CERTIFICATE-----$/m);
    const shown = copy(shows);
    assert.match(shown.stdout, /^POST https:\/\/vault\.example\.com:8200\/v1\/pki\/sign\/my-role$/m);
    assert.match(shown.stderr, /nothing was sent/);
  });
});

describe('docs/pki.md', () => {
  test('can be followed by copying: an issuer is checked, shown and signs', async () => {
    const section = sectionOf(await readPage('docs/pki.md'), '## Try it before a cluster sees it');
    const [start, commands] = blocksOf(section, 'sh').map(({ text }) => text);
    const [issuer] = blocksOf(section, 'yaml').map(({ text }) => text);
    assert.ok(start !== undefined && commands !== undefined && issuer !== undefined, 'the page has all blocks');
    const stop = new AbortController();
    try {
      const address = await serve(start, stop.signal);
      writeFileSync(join(cwd, 'issuer.yaml'), issuer.replace(documented, address));
      const { stdout, stderr } = copy(commands);
      assert.match(stdout, /"first": healthy: /);
      assert.match(stdout, new RegExp(`^# pki\\.steps\\[0\\] \\(sign\\)\nPOST http://${address}/sign$`, 'm'));
      assert.match(stdout, /^tls\.crt: OK$/m);
      for (const mark of ['> POST ', '< 200', '= ']) assert.ok(stderr.includes(`\n${mark}`), `-v shows "${mark}":\n${stderr}`);
    } finally {
      stop.abort();
    }
    const certificate = new X509Certificate(readFileSync(join(cwd, 'tls.crt')));
    assert.equal(certificate.subjectAltName, 'DNS:a.example');
  });
});
