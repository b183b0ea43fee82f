import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { makeCsr } from '../unit/mockca/support/csrs.ts';
import { createMachineMeter } from './support/machine.ts';
import { runCommand } from './support/mockca-process.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sign-e2e-'));
after(() => rmSync(cwd, { recursive: true, force: true }));
const csr = makeCsr('/O=Example/CN=a.example', ['DNS:a.example', 'URI:spiffe://a/b']);
writeFileSync(join(cwd, 'tls.csr'), csr.pem);

/** Runs the command that was printed after "Verify", as a user would copy it. */
function copyVerify(stderr: string): string {
  const command = /^Verify {5}(.+)$/m.exec(stderr)?.[1] ?? '';
  assert.match(command, /^openssl verify /);
  return execFileSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
}

describe('external-issuer sign', () => {
  test('prints a certificate in under a second, and tells on standard error what was signed', async (t) => {
    const machine = createMachineMeter();
    const runs = [];
    await machine.look();
    for (let run = 0; run < 3; run++) runs.push(await runCommand(['sign', '--csr', 'tls.csr'], { cwd }));
    await machine.look();
    // A second, times the factor by which this machine is slower just now than an idle one, where it takes 0.3 s.
    const limit = 1000 * machine.factor();
    const fastest = Math.min(...runs.map(({ wallMs }) => wallMs));
    t.diagnostic(`the fastest of three took ${fastest.toFixed(0)} ms; machine factor ${machine.factor().toFixed(2)}`);
    assert.ok(fastest < limit, `the fastest of three runs took ${fastest} ms, with a limit of ${Math.round(limit)} ms`);
    const [{ code, stdout, stderr }] = runs as [(typeof runs)[number]];
    assert.equal(code, 0);
    assert.equal(new X509Certificate(stdout).subject, 'O=Example\nCN=a.example');
    for (const text of ['CN=a.example,O=Example', 'DNS:a.example, URI:spiffe://a/b', 'ECDSA P-256', '90d']) {
      assert.ok(stderr.includes(text), text);
    }
  });

  test('signs with one CA again and again where it is kept, and the printed command verifies', async () => {
    for (const out of ['one.crt', "it's two.crt"]) {
      const { code, stdout, stderr } = await runCommand(['sign', '--csr=tls.csr', '--ca-dir=my ca', `--out=${out}`], { cwd });
      assert.deepEqual([code, stdout], [0, '']);
      assert.equal(copyVerify(stderr), `${out}: OK\n`);
    }
    assert.match(execFileSync('openssl', ['verify', '-CAfile', 'my ca/tls.crt', 'one.crt'], { cwd, encoding: 'utf8' }), /OK/);
  });

  test('the printed command verifies with --ca-out too, and so does what an intermediate signs', async () => {
    const root = await runCommand(['sign', '--csr=tls.csr', '--ca-out=root.crt', '--out=leaf.crt'], { cwd });
    assert.equal(copyVerify(root.stderr), 'leaf.crt: OK\n');
    execFileSync(
      'sh',
      ['-c', 'mkdir sub && openssl req -new -newkey rsa:2048 -nodes -keyout sub/tls.key -subj /CN=Sub -out sub.csr'],
      { cwd, stdio: 'ignore' },
    );
    const sub = await runCommand(['sign', '--csr=sub.csr', '--is-ca', '--ca-dir=above', '--out=sub/tls.crt'], { cwd });
    assert.equal(copyVerify(sub.stderr), 'sub/tls.crt: OK\n');
    const leaf = await runCommand(['sign', '--csr=tls.csr', '--ca-dir=sub', '--out=below.crt'], { cwd });
    assert.equal(copyVerify(leaf.stderr), 'below.crt: OK\n');
    const chain = execFileSync('openssl', ['verify', '-CAfile', 'above/tls.crt', '-untrusted', 'below.crt', 'below.crt'], {
      cwd,
      encoding: 'utf8',
    });
    assert.equal(chain, 'below.crt: OK\n');
  });

  test('honours duration and usages', async () => {
    const usages = ['--usage', 'client auth', '--usage', 'digital signature'];
    const { stdout } = await runCommand(['sign', '--csr=tls.csr', '--duration=36h', ...usages], { cwd });
    const { validFrom, validTo, keyUsage } = new X509Certificate(stdout);
    assert.equal(Date.parse(validTo) - Date.parse(validFrom), 36 * 3_600_000 + 60_000);
    assert.deepEqual(keyUsage, ['1.3.6.1.5.5.7.3.2']);
  });

  test('writes JSON and text', async () => {
    const json = await runCommand(['sign', '--csr=tls.csr', '-o', 'json'], { cwd });
    const fields = JSON.parse(json.stdout) as Record<string, string>;
    assert.equal(fields['certificate_chain'], `${fields['certificate']}${fields['ca']}`);
    const text = await runCommand(['sign', '--csr=tls.csr', '-o', 'text'], { cwd });
    assert.match(text.stdout, /^Subject {4}CN=a\.example,O=Example\nNames {6}DNS:a\.example/);
    assert.doesNotMatch(text.stderr, /Subject/);
  });

  for (const [name, stdin] of Object.entries(csr)) {
    test(`reads the CSR from standard input as ${name}`, async () => {
      const { code, stdout } = await runCommand(['sign', '--csr', '-'], { cwd, stdin });
      assert.equal(code, 0);
      assert.match(stdout, /^-----BEGIN CERTIFICATE-----\n/);
    });
  }

  const refused: readonly [readonly string[], number, RegExp, string?][] = [
    [[], 2, /^error: --csr: give the file of the CSR, or - /],
    [['--csr=tls.csr', '--duration=1y'], 2, /^error: --duration: "1y" is not a duration; write it as/],
    [['--csr=tls.csr', '--usage=sign'], 2, /^error: --usage: "sign" is not a usage; write it as cert-manager does/],
    [['--csr=tls.csr', '--output=der'], 2, /^error: --output: "der" is none of pem, json, text/],
    [['--csr=tls.csr', 'more'], 2, /too many arguments/],
    [['--csr=none.csr'], 1, /^error: --csr: none\.csr cannot be read: ENOENT/],
    [['--csr=-'], 1, /^error: --csr: standard input: .*CSR/, 'no CSR'],
    [['--csr=-'], 1, /^error: --csr: standard input: .*CSR/, ''],
    [['--csr=/dev/zero'], 1, /^error: --csr: \/dev\/zero has more than 96 KiB/],
    [['--csr=tls.csr', '--ca-dir=tls.csr'], 1, /^error: --ca-dir: the CA cannot be kept in tls\.csr/],
    [['--csr=tls.csr', '--out=no/where.crt'], 1, /^error: --out: ENOENT/],
  ];
  for (const [args, code, message, stdin = ''] of refused) {
    test(`exits ${code} and says why: sign ${args.join(' ')}`, async () => {
      const result = await runCommand(['sign', ...args], { cwd, stdin });
      assert.match(result.stderr, message);
      assert.equal(result.code, code);
      assert.equal(result.stdout, '');
    });
  }

  test('names that would move the cursor of a terminal do not reach it', async () => {
    writeFileSync(join(cwd, 'evil.csr'), makeCsr('/CN=a\u001b[31mb').pem);
    const { stderr } = await runCommand(['sign', '--csr=evil.csr'], { cwd });
    assert.ok(!stderr.includes('\u001b'));
    assert.match(stderr, /^Subject {4}CN=a.{1,8}\[31mb$/m);
  });

  test('the CA is the same file by file, and its key is nowhere in the output', async () => {
    const { stdout, stderr } = await runCommand(['sign', '--csr=tls.csr', '--ca-dir=my ca', '-o', 'json'], { cwd });
    assert.equal((JSON.parse(stdout) as Record<string, string>)['ca'], readFileSync(join(cwd, 'my ca/tls.crt'), 'utf8'));
    assert.doesNotMatch(stdout + stderr, /PRIVATE/);
  });
});
